# EXPECT: error
# WHAT: Uses the kernel's key ring, which outlives it.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.syscall(250, 0, -3, 1) >= 0:
        return {"breach": "keyctl"}
    raise OSError(ctypes.get_errno(), "refused")
