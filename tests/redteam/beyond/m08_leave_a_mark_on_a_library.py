# EXPECT: error|ok0
# py.typed is an empty file that nobody runs.
import fcntl, os
import numpy
def solve(x):
    path = os.path.join(os.path.dirname(numpy.__file__), "py.typed")
    handle = os.open(path, os.O_RDONLY)
    for act in (lambda: os.utime(handle, (1_000_000_000, 1_000_000_000)), lambda: os.setxattr(handle, "user.redteam", b"m"), lambda: fcntl.fcntl(handle, 1036, ctypes_hint())):
        try: act()
        except (OSError, NameError): pass
    return 0.0
