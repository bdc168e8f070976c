# EXPECT: error|ok0
# LIMITS: processes=4
# TIERS: A
# With more processes signals are allowed: none may reach the warden, or anybody outside.
import os, signal
def solve(x):
    if os.fork() == 0:
        for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV, signal.SIGUSR1, signal.SIGCONT, signal.SIGTERM):
            for pid in (1, os.getppid() if number == signal.SIGCONT else 1, @VICTIM@, @SUPERVISOR@):
                try: os.kill(pid, number)
                except OSError: pass
        os._exit(0)
    os.wait()
    return 0.0
