# EXPECT: ok
import random
import numpy as np
def solve(x):
    rng = np.random.default_rng(1)
    np.random.seed(2), random.seed(3)
    order = rng.permutation(len(x))
    return float(sum(v * v for v in x[order])) + 0.0 * (np.random.rand() + random.random())
