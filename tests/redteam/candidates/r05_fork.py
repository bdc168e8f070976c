# EXPECT: error
# WHAT: Forks.
import os
import time


def solve(x):
    if os.fork() == 0:
        time.sleep(30)
        os._exit(0)
    return {"breach": "forked"}
