# EXPECT: timeout|no_result
# LIMITS: wall_s=1
# Keeps both ends of its own pipes and never reads: the verdict must come all the same.
import os, threading, time
def solve(x):
    for descriptor in (1, 2, 3, 4):
        for mode in (os.O_RDONLY, os.O_WRONLY):
            try: os.open(f"/proc/self/fd/{descriptor}", mode)
            except OSError: pass
    time.sleep(3600)
