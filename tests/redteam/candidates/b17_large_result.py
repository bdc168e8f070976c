# EXPECT: invalid_result
# WHAT: Returns 80 MB where 16 are allowed.
import numpy as np


def solve(x):
    return np.zeros(10_000_000)
