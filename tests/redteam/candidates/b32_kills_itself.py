# EXPECT: killed|crash
# WHAT: Sends itself SIGKILL.
import os
import signal


def solve(x):
    os.kill(os.getpid(), signal.SIGKILL)
