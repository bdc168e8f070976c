# EXPECT: error
import os, pathlib
def solve(x):
    got = []
    for base in ("@OUT@", "@HOME@", "/", "/tmp", "/var/tmp", "/usr", "/usr/lib", "/etc", "/run", "/root", "/dev", "/dev/shm", "/proc", "/sys/devices/system/cpu", os.path.dirname(os.__file__), ".."):
        if os.path.realpath(base) in (os.path.realpath("."), "/dev/shm"): continue
        for act in (lambda p: open(p, "w").close(), os.mkdir, lambda p: os.symlink("/", p), os.mkfifo, lambda p: os.close(os.open(base, os.O_TMPFILE | os.O_RDWR))):
            path = f"{base}/made_by_candidate"
            try: act(path), got.append(path)
            except OSError: pass
    if got:
        return {"breach": got[:5]}
    raise RuntimeError("contained")
