# EXPECT: error
import os
def solve(x):
    got = [folder for folder in (".", "/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~"), "/box", "..", os.environ.get("TMPDIR", "."), "/run", "/dev/mqueue") if os.path.exists(os.path.join(folder, "redteam_marker"))]
    if got or set(os.listdir(".")) - {"candidate.py", "__pycache__"}:
        return {"breach": got or os.listdir(".")}
    raise RuntimeError("contained")
