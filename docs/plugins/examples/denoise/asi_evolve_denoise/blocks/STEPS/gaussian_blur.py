"""Mean of a window with Gaussian weights."""

import numpy as np
from asi_evolve import tunable


def gaussian_blur(signal, level):
    width = tunable(1.5, low=0.5, high=8.0, log=True)
    half = int(4 * width) + 1
    weights = np.exp(-0.5 * (np.arange(-half, half + 1) / width) ** 2)
    return np.convolve(np.pad(signal, half, mode="edge"), weights / weights.sum(), mode="valid")
