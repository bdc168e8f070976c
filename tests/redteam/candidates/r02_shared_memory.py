# EXPECT: oom|error
# WHAT: Takes 1.5 GB of shared anonymous memory, which RLIMIT_DATA does not see.
# LIMITS: wall_s=10 cpu_s=10
import mmap
import time


def solve(x):
    held = mmap.mmap(-1, 1500 << 20)
    for i in range(0, len(held), 4096):
        held[i] = 1
    time.sleep(0.5)
    return {"breach": "1.5 GB shared"}
