# EXPECT: timeout
# The interpreter's lock is never given up.
import itertools
def solve(x):
    return sum(itertools.repeat(1))
