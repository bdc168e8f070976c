# EXPECT: error
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    handle = os.open("@CANARY@", os.O_PATH)
    got = []
    # Changes of mode and times may report success and do nothing: what counts is what they did.
    mark = lambda: (os.fstat(handle).st_mode, os.fstat(handle).st_mtime_ns)
    before = mark()
    for name, act in (("fchmod", lambda: os.fchmod(handle, 0o777)), ("futimens", lambda: os.utime(handle, (0, 0))), ("ftruncate", lambda: os.ftruncate(handle, 0)),
                      ("fchown", lambda: os.fchown(handle, os.getuid(), -1)), ("fchmodat2", lambda: libc.syscall(452, handle, b"", 0o777, 0x1000) == 0 or 1 / 0),
                      ("utimensat", lambda: libc.utimensat(handle, b"", None, 0x1000) == 0 or 1 / 0), ("write", lambda: os.write(handle, b"x")),
                      ("fchownat", lambda: libc.fchownat(handle, b"", os.getuid(), -1, 0x1000) == 0 or 1 / 0)):
        try:
            act()
            if "mod" not in name and "utime" not in name and "futimens" != name or mark() != before: got.append(name)
        except (OSError, ZeroDivisionError): pass
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
