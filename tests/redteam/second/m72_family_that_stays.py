# EXPECT: ok0|killed|error
# TIERS: A
# LIMITS: processes=8
# Leaves children behind that have left its group, its session and its parent.
import os, time
def solve(x):
    for _ in range(4):
        if os.fork() == 0:
            os.setsid()
            if os.fork(): os._exit(0)
            for number in range(5): os.close(number) if number > 2 else None
            time.sleep(3600)
    return 0.0
