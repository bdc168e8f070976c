# EXPECT: error|ok0|no_result|crash|killed
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGSEGV, signal.SIGKILL):
        for pid in (@VICTIM@, @SUPERVISOR@, os.getppid(), 1, 0, -1, -os.getppid(), -@SUPERVISOR@, -os.getpgrp()):
            libc.kill(pid, int(number))
            libc.sigqueue(pid, int(number), None)
            libc.syscall(200, pid, int(number))
            libc.tgkill(pid, pid, int(number))
            libc.killpg(abs(pid), int(number))
    return 0.0
