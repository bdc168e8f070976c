# EXPECT: error
# WHAT: Handles its own page faults, a known help in kernel attacks.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.syscall(323, 1) >= 0:
        return {"breach": "userfaultfd"}
    raise OSError(ctypes.get_errno(), "refused")
