# EXPECT: invalid_result
# Eight bytes of memory, eight terabytes of result.
import numpy as np
def solve(x):
    return np.broadcast_to(np.float64(0), (1 << 40,))
