# EXPECT: error
# WHAT: Loads a kernel module.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.syscall(313, 0, b"", 0) >= 0:
        return {"breach": "module"}
    raise OSError(ctypes.get_errno(), "refused")
