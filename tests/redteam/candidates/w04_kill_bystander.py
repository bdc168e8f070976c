# EXPECT: score0|error
# WHAT: Kills another process of the user.
import os
import signal


def solve(x):
    try:
        os.kill(@VICTIM@, signal.SIGKILL)
    except OSError:
        return 0.0
    return {"breach": "killed"}
