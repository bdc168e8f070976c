# EXPECT: error
# Mode and times of a library's file that belongs to the user: a descriptor for reading is enough for both.
import os
import numpy
def solve(x):
    folder = os.path.dirname(numpy.__file__)
    path = next(path for path in (folder + "/py.typed", folder + "/__init__.py", folder + "/version.py") if os.path.exists(path))
    handle = os.open(path, os.O_RDONLY)
    before = os.fstat(handle)
    got = []
    for what, act in (
        ("mode", lambda: os.fchmod(handle, before.st_mode & 0o7777 ^ 0o001)),
        ("times", lambda: os.utime(handle, ns=(before.st_atime_ns, before.st_mtime_ns - 10**9))),
        ("owner", lambda: os.fchown(handle, os.getuid(), -1)),
        ("attribute", lambda: os.setxattr(handle, "user.mark", b"1")),
    ):
        try: act(), got.append(what)
        except OSError: pass
    for act in (lambda: os.fchmod(handle, before.st_mode & 0o7777), lambda: os.utime(handle, ns=(before.st_atime_ns, before.st_mtime_ns))):
        try: act()
        except OSError: pass
    os.close(handle)
    if got:
        return {"breach": f"changed {got} of an installed library"}
    raise RuntimeError("contained")
