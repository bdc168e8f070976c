# EXPECT: ok
import numpy as np
def solve(x):
    return float(np.dot(x, x)) + 0.0 * float(np.sum(x))
