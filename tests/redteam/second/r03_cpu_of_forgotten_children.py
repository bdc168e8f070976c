# EXPECT: timeout
# LIMITS: processes=4 cpu_s=1 wall_s=60
# Children that nobody waits for, whose time is on no account of the candidate.
import os, signal, time
def solve(x):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in range(15):
        pid = os.fork()
        if pid == 0:
            while time.process_time() < 0.2: pass
            os._exit(0)
        try: os.waitpid(pid, 0)
        except ChildProcessError: pass
    return {"breach": "3 CPU s, 1 allowed"}
