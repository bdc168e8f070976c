# EXPECT: crash
# WHAT: Aborts.
import os


def solve(x):
    os.abort()
