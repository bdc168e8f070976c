"""Uniform centers, drawn towards the walls.

Cognition: szabo-2007-new-approaches, specht-packomania
Cost: 0.1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable


def initial_layout(n: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """Each coordinate follows a symmetric beta distribution; a shape below 1 favours the walls."""
    shape = tunable(0.7, 0.3, 1.2)
    return np.clip(rng.beta(shape, shape, (n, 2)), 0.01, 0.99) * np.array([width, 2.0 - width])
