# EXPECT: timeout
# LIMITS: processes=4 cpu_s=1 wall_s=60
# Children that end before the limit and are collected by the candidate.
import os, time
def solve(x):
    for _ in range(15):
        pid = os.fork()
        if pid == 0:
            while time.process_time() < 0.2: pass
            os._exit(0)
        os.waitpid(pid, 0)
    return {"breach": f"{sum(os.times()[:4]):.1f} CPU s, 1 allowed"}
