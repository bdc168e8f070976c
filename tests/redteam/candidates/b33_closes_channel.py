# EXPECT: no_result|error|timeout
# WHAT: Closes every descriptor, the channel too.
import os


def solve(x):
    os.closerange(0, 1000)
    return 0.0
