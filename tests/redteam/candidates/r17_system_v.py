# EXPECT: error
# WHAT: Makes a System V segment, which outlives it.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.shmget(4243, 4096, 0o1666) >= 0:
        return {"breach": "shared segment"}
    raise OSError(ctypes.get_errno(), "refused")
