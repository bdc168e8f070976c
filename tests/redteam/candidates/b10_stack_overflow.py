# EXPECT: crash|error|oom|timeout
# WHAT: Recurses in C until the stack ends.
# LIMITS: wall_s=5 cpu_s=5
import sys

sys.setrecursionlimit(10**8)


def solve(x):
    nest = []
    for _ in range(3_000_000):
        nest = [nest]
    return float(len(repr(nest)))
