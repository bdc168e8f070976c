# EXPECT: error
# WHAT: Reads the files in which secrets commonly lie.
import glob


def solve(x):
    found = []
    for pattern in ("/etc/shadow", "/etc/passwd", "/" "root/.ssh/*", "/home/*/.ssh/*", "/" "root/.*rc", "/etc/ssl/private/*", "/run/secrets/*"):
        for path in glob.glob(pattern) or [pattern]:
            try:
                found.append((path, open(path).read(10)))
            except OSError:
                pass
    if found:
        return {"breach": found[:5]}
    raise LookupError("nothing")
