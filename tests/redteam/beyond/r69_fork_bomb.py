# EXPECT: killed|error|timeout|oom
# LIMITS: processes=4 wall_s=2
# TIERS: A
import os
def solve(x):
    while True:
        try: os.fork()
        except OSError: pass
