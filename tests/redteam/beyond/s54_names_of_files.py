# EXPECT: error
# TIERS: A
# Not even whether a file exists. (Tier B does not promise this.)
import os
def solve(x):
    got = [path for path in ("@CANARY@", "@OUT@", "@HOME@/.ssh", "/etc/shadow", "/var/log", "/boot", "/run", "/sys/fs/cgroup", "/etc/passwd", "/mnt", "/srv") if os.path.lexists(path)]
    for path in ("@CANARY@", "@HOME@"):
        try: os.stat(path), got.append(path)
        except OSError: pass
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
