"""Replaces only values that lie far from the median of their window.

Cognition: tukey-1977-median, hampel-1974
"""

import numpy as np
from asi_evolve import tunable


def hampel(signal, level):
    half = tunable(3, low=1, high=8)
    limit = tunable(3.0, low=1.0, high=6.0)
    padded = np.pad(signal, half, mode="edge")
    median = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
    return np.where(np.abs(signal - median) > limit * max(level, 1e-9), median, signal)
