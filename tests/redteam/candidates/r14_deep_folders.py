# EXPECT: score0|error|disk|timeout
# WHAT: Nests 1,500 folders with long names, the innermost unreadable.
import os


def solve(x):
    for i in range(1500):
        os.mkdir("d" * 50, 0o700)
        os.chdir("d" * 50)
    os.mkdir("closed", 0)
    return 0.0
