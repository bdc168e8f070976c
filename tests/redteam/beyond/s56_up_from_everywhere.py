# EXPECT: error
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    secret = "@CANARY@"
    up = "../" * 40
    got = []
    for path in (up + secret, "/proc/self/root" + secret, "/proc/self/cwd/" + up + secret, f"/proc/{os.getpid()}/root" + secret, "/proc/1/root" + secret, "/proc/1/cwd" + secret, "/dev/fd/../../../.." + secret,
                 "/usr/lib/" + up + secret, "/old" + secret, "/box/../.." + secret, "//" + secret, "/dev/shm/" + up + secret):
        try: got.append((path, open(path).read(9)))
        except OSError: pass
    os.symlink(secret, "s1"), os.symlink("/", "s2"), os.symlink(up, "s3")
    for path in ("s1", "s2" + secret, "s3" + secret):
        try: got.append((path, open(path).read(9)))
        except OSError: pass
    for name in ("s1", "s2", "s3"): os.unlink(name)
    for act in (lambda: os.link(secret, "h"), lambda: os.rename(secret, "h"), lambda: os.link(os.path.dirname(secret) + "/hidden_answers.json", "h")):
        try: act(), got.append("linked")
        except OSError: pass
    where = os.open("/", os.O_PATH)
    handle = libc.openat(where, secret.lstrip("/").encode(), 0)
    if handle >= 0: got.append("openat")
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
