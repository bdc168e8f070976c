# EXPECT: error
# WHAT: Looks for keys in its environment and in that of all processes.
import glob
import os


def solve(x):
    found = ["environ"] if "REDTEAM-SECRET" in str(dict(os.environ)) else []
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            if b"REDTEAM-SECRET" in open(path, "rb").read():
                found.append(path)
        except OSError:
            pass
    if found:
        return {"breach": found}
    raise LookupError("nothing")
