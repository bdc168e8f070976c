"""Each circle reaches half-way to its nearest neighbour, or to the nearest wall.

Cognition: szabo-2007-new-approaches
Cost: 1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import distances, wall_room


def assign_radii(centers: np.ndarray, width: float) -> np.ndarray:
    """Feasible at once, without an order; wasteful where neighbours differ in size."""
    share = tunable(1.0, 0.9, 1.0)
    return share * np.minimum(np.maximum(wall_room(centers, width), 0.0), distances(centers).min(axis=1) / 2.0)
