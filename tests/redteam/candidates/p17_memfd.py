# EXPECT: error
# WHAT: Makes an anonymous executable file.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.memfd_create(b"x", 0) >= 0:
        return {"breach": "memfd"}
    raise OSError(ctypes.get_errno(), "refused")
