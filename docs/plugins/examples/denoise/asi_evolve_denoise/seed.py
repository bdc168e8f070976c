"""Denoise a signal: filters one after the other."""

import numpy as np
from asi_evolve import tunable


def noise_level(signal):
    """From the differences of neighbours, which cancel most of the signal."""
    return float(np.std(np.diff(signal)) / np.sqrt(2.0))


def moving_average(signal, level):
    """Mean of a window."""
    half = tunable(1, low=1, high=10)
    padded = np.pad(signal, half, mode="edge")
    return np.convolve(padded, np.full(2 * half + 1, 1.0 / (2 * half + 1)), mode="valid")


STEPS = [moving_average]


def denoise(signal):
    """The frame: it estimates the noise once and applies the steps."""
    level = noise_level(signal)
    for step in STEPS:
        signal = step(signal, level)
    return signal
