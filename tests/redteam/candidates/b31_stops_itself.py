# EXPECT: timeout
# WHAT: Stops itself, so that it cannot even be asked to end.
import os
import signal


def solve(x):
    os.kill(os.getpid(), signal.SIGSTOP)
    return 0.0
