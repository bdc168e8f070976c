# EXPECT: invalid_result
# WHAT: Returns an array of objects.
import numpy as np


def solve(x):
    return np.array([1, "a", None], dtype=object)
