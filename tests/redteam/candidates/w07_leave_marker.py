# EXPECT: score0
# WHAT: Leaves marks wherever it can.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    for place in (".", "/tmp", "/var/tmp", "/dev/shm", "@OUT@"):
        try:
            open(place + "/mark_left_behind", "w").close()
        except OSError:
            pass
    libc.shmget(4242, 4096, 0o1666)
    return 0.0
