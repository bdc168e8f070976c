# EXPECT: ok0
import numpy as np
def solve(x):
    return {"value": float(x @ x), "table": np.tile(x, 20000), "notes": ["n"] * 1000, "nested": {"a": {"b": [1, 2.5, None, True]}}}
