"""Median of absolute differences: outliers hardly move it.

Cognition: donoho-johnstone-1994
"""

import numpy as np


def noise_level(signal):
    return float(np.median(np.abs(np.diff(signal))) / (0.6745 * np.sqrt(2.0)))
