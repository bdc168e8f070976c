# EXPECT: timeout|error
# LIMITS: processes=4 cpu_s=1 wall_s=12
# Children that end before the limit and are collected by the candidate.
import os, time
def solve(x):
    start = time.monotonic()
    while time.monotonic() - start < 8:
        pid = os.fork()
        if pid == 0:
            t = time.process_time()
            while time.process_time() - t < 0.3: pass
            os._exit(0)
        os.waitpid(pid, 0)
    return {"breach": f"{sum(os.times()[:4]):.1f} CPU s, 1 allowed"}
