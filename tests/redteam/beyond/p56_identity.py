# EXPECT: error
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    got = []
    for name, arguments in (("setuid", (0,)), ("setgid", (0,)), ("setreuid", (0, 0)), ("setresuid", (0, 0, 0)), ("setgroups", ([0],)), ("seteuid", (0,)), ("initgroups", ("root", 0))):
        try: getattr(os, name)(*arguments)
        except OSError: continue
        got.append(name)
    libc.setfsuid(0)
    if libc.setfsuid(-1) == 0 and os.getuid() != 0: got.append("setfsuid")
    if os.getuid() == 0: got.append("is root")
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
