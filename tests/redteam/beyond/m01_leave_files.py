# EXPECT: ok0|error
import os
def solve(x):
    for folder in (".", "/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~"), "/box", "..", os.environ.get("TMPDIR", "."), "/run", "/dev/mqueue"):
        try: open(os.path.join(folder, "redteam_marker"), "w").write("m")
        except OSError: pass
    return 0.0
