# EXPECT: error
# WHAT: Kills by thread id and by queued signal.
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    for pid in (@VICTIM@, os.getppid()):
        for arguments in ((200, pid, 9), (234, pid, pid, 9), (129, pid, 9, bytes(128)), (424, 0, 9, None, 0)):
            if libc.syscall(*arguments) == 0:
                return {"breach": f"call {arguments[0]}"}
    raise OSError(ctypes.get_errno(), "refused")
