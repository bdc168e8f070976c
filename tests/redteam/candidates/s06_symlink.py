# EXPECT: error
# WHAT: Reads through a symbolic link of its own.
import os


def solve(x):
    os.symlink("@CANARY@", "link")
    return {"breach": open("link").read()}
