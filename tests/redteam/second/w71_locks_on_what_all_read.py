# EXPECT: error
# An exclusive lock on a library would stop the next job; a lease or a write lock must not be had.
import ctypes, fcntl, os
import numpy
def solve(x):
    got = []
    for path in (numpy.__file__, os.__file__):
        handle = os.open(path, os.O_RDONLY)
        for act in (lambda: fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB), lambda: fcntl.fcntl(handle, 1024, 1), lambda: os.posix_fallocate(handle, 0, 1), lambda: os.ftruncate(handle, 0), lambda: os.utime(handle) if os.stat(path).st_mtime != os.utime(handle) and os.stat(path).st_mtime > 4e9 else 1 / 0):
            try: act(); got.append(path)
            except (OSError, ZeroDivisionError): pass
    if got: return {"breach": got}
    raise RuntimeError("contained")
