# EXPECT: error
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    got = [name for name, found in (("shm", libc.shmget(4242, 0, 0o666)), ("sem", libc.semget(4242, 0, 0o666)), ("msg", libc.msgget(4242, 0o666)), ("key", libc.syscall(249, b"user", b"redteam", 0, 0))) if found >= 0]
    if os.uname().nodename == "redteam": got.append("host name")
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
