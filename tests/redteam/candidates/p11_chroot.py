# EXPECT: error
# WHAT: Changes its root.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.chroot(b".") >= 0:
        return {"breach": "chroot"}
    raise OSError(ctypes.get_errno(), "refused")
