# EXPECT: invalid_result
# WHAT: Writes random bytes on the result channel.
import os


def solve(x):
    os.write(4, os.urandom(4096))
    return 0.0
