# EXPECT: error
# WHAT: Makes a user namespace, to be root in it.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.unshare(0x10000000) >= 0:
        return {"breach": "user namespace"}
    raise OSError(ctypes.get_errno(), "refused")
