# EXPECT: crash|error
# WHAT: Uses the numbers of the x32 interface, or an unknown call.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.syscall(0x40000000 | 41, 2, 1, 0) >= 0:
        return {"breach": "x32"}
    raise OSError(ctypes.get_errno(), "refused")
