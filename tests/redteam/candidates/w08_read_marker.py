# EXPECT: error
# WHAT: Looks for the marks of the one before it.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)

import os


def solve(x):
    found = [p for p in (".", "/tmp", "/var/tmp", "/dev/shm", "@OUT@") if os.path.exists(p + "/mark_left_behind")]
    if libc.shmget(4242, 4096, 0o666) >= 0:
        found.append("segment")
    if found:
        return {"breach": found}
    raise LookupError("nothing")
