# EXPECT: error
# WHAT: Forks by the system call itself.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    pid = libc.syscall(57)
    if pid == 0:
        libc._exit(0)
    if pid > 0:
        return {"breach": "forked"}
    raise OSError(ctypes.get_errno(), "refused")
