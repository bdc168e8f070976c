"""Golden-angle spiral, mapped from the disk to the box.

Cognition: vogel-1979-sunflower
Cost: 1.1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable


def initial_layout(n: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """Vogel's spiral with a random phase; the disk is stretched onto the box ray by ray."""
    stretch = tunable(0.8, 0.2, 1.0)
    k = np.arange(n) + 0.5
    angle = k * np.pi * (3.0 - np.sqrt(5.0)) + rng.uniform(0.0, 2.0 * np.pi)
    x, y = np.cos(angle), np.sin(angle)
    # stretch = 1 puts the rim of the disk onto the walls of the square, 0 leaves it round.
    reach = np.sqrt(k / n) / np.maximum(np.abs(x), np.abs(y)) ** stretch
    unit = 0.5 + 0.48 * np.clip(np.column_stack([x * reach, y * reach]), -1.0, 1.0)
    return unit * np.array([width, 2.0 - width])
