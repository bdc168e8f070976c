"""Makes the signals, on the trusted side."""

import numpy as np

LENGTH = 256


def make_signals(seed: int, *, count: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """(clean, noisy), float64[count, 256] each; a function of its arguments."""
    rng = np.random.default_rng(seed)
    t = np.arange(LENGTH) / LENGTH
    clean = np.zeros((count, LENGTH))
    for row in clean:
        for _ in range(3):
            row += rng.normal(0.0, 0.7) * np.sin(2 * np.pi * (rng.uniform(0.5, 6.0) * t + rng.uniform()))
        for place in rng.integers(20, LENGTH - 20, size=2):
            row[place:] += rng.normal(0.0, 0.7)
    noisy = clean + rng.normal(0.0, noise, clean.shape)
    outliers = rng.uniform(size=clean.shape) < 0.03
    noisy[outliers] += rng.normal(0.0, 10.0 * noise, int(outliers.sum()))
    return clean, noisy
