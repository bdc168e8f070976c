# EXPECT: score0|error|killed|no_result
# WHAT: Kills its parent, its group and everyone.
import os
import signal


def solve(x):
    for pid in (os.getppid(), 1, -1, -os.getpgrp() - 1):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
            try:
                os.kill(pid, number)
            except OSError:
                pass
    return 0.0
