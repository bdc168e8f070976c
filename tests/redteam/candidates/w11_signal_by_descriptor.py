# EXPECT: error
# WHAT: Has the kernel send a signal to another process when a descriptor is ready.
import fcntl
import os
import signal


def solve(x):
    r, w = os.pipe()
    fcntl.fcntl(r, fcntl.F_SETOWN, @VICTIM@)
    fcntl.fcntl(r, 10, signal.SIGKILL)
    fcntl.fcntl(r, fcntl.F_SETFL, os.O_ASYNC)
    os.write(w, b"x")
    return {"breach": "owner of the descriptor set"}
