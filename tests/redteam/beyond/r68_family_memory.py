# EXPECT: oom
# LIMITS: processes=4 wall_s=6
# TIERS: A
# Each child stays below the limit; all together do not.
import os, time
def solve(x):
    for _ in range(3):
        if os.fork() == 0: break
    block = b"x" * (250 << 20)
    time.sleep(2)
    return {"breach": "1 GB in four processes"}
