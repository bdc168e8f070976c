"""Randomly shifted Halton points: even coverage without a lattice.

Cognition: halton-1960-sequence
Cost: 1.1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable


def initial_layout(n: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """A Halton sequence in bases 2 and 3 from a random offset, shifted at random around the torus."""
    offset = tunable(20, 0, 200)
    skip = int(rng.integers(0, offset + 1))
    out = np.empty((n, 2))
    for axis, base in enumerate((2, 3)):
        index = np.arange(skip, skip + n) + 1
        value, digit = np.zeros(n), 1.0 / base
        while index.any():
            value += digit * (index % base)
            index //= base
            digit /= base
        out[:, axis] = (value + rng.uniform()) % 1.0
    return (0.03 + 0.94 * out) * np.array([width, 2.0 - width])
