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
    for what, act, undo in (
        ("mode", lambda: os.fchmod(handle, before.st_mode & 0o7777 ^ 0o001), lambda: os.fchmod(handle, before.st_mode & 0o7777)),
        ("mode by path", lambda: os.chmod(path, before.st_mode & 0o7777 ^ 0o001), lambda: os.chmod(path, before.st_mode & 0o7777)),
        ("times", lambda: os.utime(handle, ns=(before.st_atime_ns, before.st_mtime_ns - 10**9)), lambda: os.utime(handle, ns=(before.st_atime_ns, before.st_mtime_ns))),
        ("times by path", lambda: os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns - 10**9)), lambda: os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))),
    ):
        try: act()
        except OSError: continue
        after = os.fstat(handle)
        if (after.st_mode, after.st_mtime_ns) != (before.st_mode, before.st_mtime_ns): got.append(what)
        try: undo()
        except OSError: pass
    try: os.setxattr(handle, "user.mark", b"1"), got.append("attribute")
    except OSError: pass
    os.close(handle)
    if got:
        return {"breach": f"changed {got} of an installed library"}
    raise RuntimeError("contained")
