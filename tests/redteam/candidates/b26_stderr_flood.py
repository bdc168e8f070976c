# EXPECT: ok
# WHAT: Seventeen megabytes on stderr, then the answer.
# LIMITS: wall_s=10 cpu_s=10
import sys


def solve(x):
    for _ in range(17):
        sys.stderr.write("y" * (1 << 20))
    return float((x * x).sum())
