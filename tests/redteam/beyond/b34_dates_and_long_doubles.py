# EXPECT: invalid_result
import numpy as np
def solve(x):
    return [np.array(["2026-01-01"], dtype="M8[D]"), x.astype(np.longdouble)]
