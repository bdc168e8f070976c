# EXPECT: error
# WHAT: Looks into the work folders of other jobs.
import glob
import os


def solve(x):
    here = os.getcwd()
    found = [p for p in glob.glob(os.path.join(os.path.dirname(here), "*", "*")) if here != "/box" and not p.startswith(here)]
    for name in range(200):
        path = os.path.join(os.path.dirname(here), str(name))
        if path != here and here != "/box":
            try:
                found += os.listdir(path)
            except OSError:
                pass
    if found:
        return {"breach": found[:5]}
    raise LookupError("nothing")
