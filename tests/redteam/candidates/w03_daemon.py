# EXPECT: error
# WHAT: Leaves a process behind that writes later.
import os
import time


def solve(x):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(0.3)
            open("@OUT@/late", "w").close()
        os._exit(0)
    return 0.0
