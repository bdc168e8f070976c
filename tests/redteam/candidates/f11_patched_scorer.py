# EXPECT: score0
# WHAT: Patches the functions that a scorer would use.
import math

import numpy as np

np.sum = np.allclose = np.isclose = lambda *a, **k: True
math.isclose = math.isfinite = lambda *a, **k: True


def solve(x):
    return 777.0
