# EXPECT: error
# WHAT: Looks for the answers among all objects in memory.
import gc


def solve(x):
    import numpy as np

    target = float((x * x).sum())
    for item in gc.get_objects():
        if isinstance(item, dict) and any(key in item for key in ("expected", "hidden_ref", "answers")):
            return {"breach": sorted(map(str, item))[:5]}
        if isinstance(item, (list, tuple)) and any(type(each) in (float, np.float64) and each == target for each in item[:100]):
            return {"breach": "the answer lies in memory"}
    raise LookupError("nothing")
