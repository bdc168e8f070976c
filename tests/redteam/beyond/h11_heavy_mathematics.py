# EXPECT: ok
import numpy as np
def solve(x):
    rng = np.random.default_rng(0)
    for _ in range(1):
        a = rng.normal(size=(250, 250))
        np.linalg.eigvals(a), np.linalg.svd(a), np.linalg.solve(a, a), np.fft.fft2(a)
    return float(np.einsum("i,i->", x, x))
