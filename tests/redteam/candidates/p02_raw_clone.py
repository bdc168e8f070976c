# EXPECT: error
# WHAT: Makes a user namespace by clone itself.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    pid = libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)
    if pid == 0:
        libc._exit(0)
    if pid > 0:
        return {"breach": "clone made a process"}
    raise OSError(ctypes.get_errno(), "refused")
