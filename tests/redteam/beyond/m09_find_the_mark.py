# EXPECT: error
import os
import numpy
def solve(x):
    path = os.path.join(os.path.dirname(numpy.__file__), "py.typed")
    if os.stat(path).st_mtime == 1_000_000_000:
        return {"breach": "a mark in the times of an installed file"}
    try:
        if os.getxattr(path, "user.redteam"): return {"breach": "a mark in an attribute"}
    except OSError: pass
    raise RuntimeError("contained")
