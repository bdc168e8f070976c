# EXPECT: invalid_result
# WHAT: Announces four gigabytes.
import os


def solve(x):
    os.write(4, b"\xff" * 8)
    return 0.0
