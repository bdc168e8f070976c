# EXPECT: error
import builtins, gc, json, os, sys
import numpy
def solve(x):
    got = [str(place)[:30] for place in (numpy, builtins, os, json) if hasattr(place, "redteam_marker")]
    got += ["sys.modules"] * ("redteam_marker" in sys.modules) + ["environ"] * ("redteam_marker" in os.environ) + ["path"] * ("/redteam_marker" in sys.path)
    got += ["numpy.sum"] * (numpy.sum is len) + ["recursion"] * (sys.getrecursionlimit() < 200) + ["gc"] * (not gc.isenabled()) + ["hooks"] * (not sys.path_hooks)
    mask = os.umask(0o77)
    got += ["umask"] * (mask == 0o777)
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
