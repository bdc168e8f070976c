"""Least-squares polynomial in each window.

Cognition: savitzky-golay-1964
"""

import numpy as np
from asi_evolve import tunable


def local_polynomial(signal, level):
    half = tunable(5, low=2, high=15)
    degree = tunable(2, choices=(1, 2, 3))
    powers = np.vander(np.arange(-half, half + 1), degree + 1, increasing=True)
    weights = np.linalg.pinv(powers)[0]
    return np.convolve(np.pad(signal, half, mode="edge"), weights[::-1], mode="valid")
