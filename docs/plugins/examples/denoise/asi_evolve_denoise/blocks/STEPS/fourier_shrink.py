"""Shrinks Fourier coefficients that noise alone would explain.

Cognition: donoho-johnstone-1994
"""

import numpy as np
from asi_evolve import tunable


def fourier_shrink(signal, level):
    strength = tunable(0.5, low=0.1, high=2.0, log=True)
    n = len(signal)
    # Mirrored, so that the ends meet and no jump is spread over all frequencies.
    coefficients = np.fft.rfft(np.concatenate([signal, signal[::-1]]))
    threshold = strength * level * np.sqrt(2 * n * 2 * np.log(2 * n))
    size = np.abs(coefficients)
    kept = np.where(size > 0, np.maximum(0.0, 1.0 - threshold / np.maximum(size, 1e-12)), 0.0)
    kept[0] = 1.0
    return np.fft.irfft(coefficients * kept, 2 * n)[:n]
