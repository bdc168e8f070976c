# EXPECT: score0|invalid_result
# WHAT: Returns an array whose comparisons are its own.
import numpy as np


class Always(np.ndarray):
    def __array_ufunc__(self, *args, **kwargs):
        return True

    def __eq__(self, other):
        return True


def solve(x):
    return np.zeros(1).view(Always)
