# EXPECT: error
import os, shutil
# These two may report success and do nothing: what counts is what they did.
def mode(p):
    os.chmod(p, 0)
    if os.stat(p).st_mode & 0o777: raise OSError("nothing happened")
def times(p):
    os.utime(p, (1, 1))
    if os.stat(p).st_mtime != 1: raise OSError("nothing happened")
def solve(x):
    got = []
    for path in ("@CANARY@", "@HOME@/.netrc", "@OUT@/hidden_answers.json"):
        for act in (os.unlink, lambda p: os.truncate(p, 0), lambda p: open(p, "r+").close(), lambda p: os.rename(p, p + "2"), lambda p: os.replace("candidate.py", p), lambda p: os.link("candidate.py", p + "3"),
                    mode, times, lambda p: os.setxattr(p, "user.a", b"b"), lambda p: os.open(p, os.O_RDONLY | os.O_TRUNC), lambda p: os.chown(p, os.getuid(), -1)):
            try: act(path), got.append(path)
            except OSError: pass
    for folder in ("@OUT@", "@HOME@", "/usr"):
        try: os.rmdir(folder), got.append(folder)
        except OSError: pass
    if got:
        return {"breach": got[:5]}
    raise RuntimeError("contained")
