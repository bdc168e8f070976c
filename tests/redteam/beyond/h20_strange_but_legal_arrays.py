# EXPECT: ok0
import numpy as np
def solve(x):
    return [x[::-2], np.asfortranarray(np.outer(x, x)), x.astype(">f8"), np.empty((0, 3)), x > 0, x.astype("f2"), x + 1j, np.array(1.0)]
