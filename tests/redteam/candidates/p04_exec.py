# EXPECT: error
# WHAT: Executes a program.
import os


def solve(x):
    os.execv("/usr/bin/env", ["env", "touch", "@OUT@/exec"])
