"""Independent uniform centers.

Cognition: addis-locatelli-schoen-2008-disk-packing
Cost: 1.1
"""

from __future__ import annotations

import numpy as np


def initial_layout(n: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """n points drawn uniformly from the box."""
    return rng.uniform(0.0, 1.0, (n, 2)) * np.array([width, 2.0 - width])
