"""Uniform centers, drawn towards the walls.

Cognition: szabo-2007-new-approaches, specht-packomania
Cost: 1.1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable


def initial_layout(n: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """Each coordinate follows a symmetric beta distribution; a shape below 1 favours the walls."""
    shape = tunable(0.7, 0.4, 1.2)
    return (0.02 + 0.96 * rng.beta(shape, shape, (n, 2))) * np.array([width, 2.0 - width])
