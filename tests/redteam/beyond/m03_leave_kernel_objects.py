# EXPECT: ok0|error
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    libc.shmget(4242, 4096, 0o1666), libc.semget(4242, 1, 0o1666), libc.msgget(4242, 0o1666)
    try: libc.mq_open(b"/redteam", 0o102, 0o666, None)
    except AttributeError: pass
    libc.syscall(248, b"user", b"redteam", b"m", 1, -3), libc.syscall(248, b"user", b"redteam", b"m", 1, -5)
    libc.sethostname(b"redteam", 7)
    return 0.0
