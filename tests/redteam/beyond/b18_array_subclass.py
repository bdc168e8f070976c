# EXPECT: invalid_result|ok0
import numpy as np
class Odd(np.ndarray):
    def __array__(self, *a, **k): raise SystemExit
    def __eq__(self, other): return True
    def tobytes(self, *a): return b"\xff" * 64
    nbytes = 0
def solve(x):
    return x.view(Odd)
