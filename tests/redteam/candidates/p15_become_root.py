# EXPECT: error
# WHAT: Becomes root.
import os


def solve(x):
    os.setuid(0)
    return {"breach": os.getuid()}
