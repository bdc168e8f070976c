# EXPECT: error|ok0
# A lock on a shared file could stall the next program; it must end with this one.
import fcntl, os
import numpy
def solve(x):
    handle = os.open(numpy.__file__, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return 0.0
