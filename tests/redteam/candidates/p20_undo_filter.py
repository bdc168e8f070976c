# EXPECT: error
# WHAT: Loads another filter on top.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.prctl(22, 2, 0, 0, 0) >= 0:
        return {"breach": "seccomp"}
    raise OSError(ctypes.get_errno(), "refused")
