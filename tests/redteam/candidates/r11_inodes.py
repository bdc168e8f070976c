# EXPECT: disk|error|timeout
# WHAT: Makes a hundred thousand empty files.
# LIMITS: wall_s=5 cpu_s=10
import time


def solve(x):
    for i in range(100_000):
        open(f"f{i}", "wb").close()
    time.sleep(0.5)
    return {"breach": "100,000 files"}
