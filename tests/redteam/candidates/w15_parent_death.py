# EXPECT: error
# WHAT: Clears the order to die with its parent.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.prctl(1, 0, 0, 0, 0) == 0:
        return {"breach": "outlives its parent"}
    raise OSError(ctypes.get_errno(), "refused")
