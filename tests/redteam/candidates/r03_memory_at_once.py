# EXPECT: oom
# WHAT: Takes 4 GB at once.
import numpy as np


def solve(x):
    return float(np.ones(500_000_000).sum())
