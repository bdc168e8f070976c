"""Standard deviation of the differences (the seed program's own way)."""

import numpy as np


def noise_level(signal):
    return float(np.std(np.diff(signal)) / np.sqrt(2.0))
