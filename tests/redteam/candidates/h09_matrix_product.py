# EXPECT: ok
# WHAT: Linear algebra through BLAS.
import numpy as np


def solve(x):
    q, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(len(x), len(x))))
    y = q @ x
    return float(y @ y)
