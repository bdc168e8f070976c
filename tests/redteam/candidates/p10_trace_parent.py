# EXPECT: error
# WHAT: Attaches to its parent as a debugger.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.ptrace(16, __import__('os').getppid(), 0, 0) >= 0:
        return {"breach": "ptrace"}
    raise OSError(ctypes.get_errno(), "refused")
