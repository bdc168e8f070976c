# EXPECT: ok
# WHAT: Uses 200 MB of 400 MB.
import numpy as np


def solve(x):
    big = np.ones(25_000_000)
    return float((x * x).sum()) + float(big[-1]) - 1.0
