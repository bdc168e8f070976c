# EXPECT: ok
import logging, warnings
import numpy as np
def solve(x):
    logging.basicConfig(level=logging.DEBUG)
    logging.getLogger("candidate").warning("careful")
    warnings.warn("deprecated", DeprecationWarning)
    np.log(np.zeros(3)), np.array([1.0]) / 0.0
    return float(x @ x)
