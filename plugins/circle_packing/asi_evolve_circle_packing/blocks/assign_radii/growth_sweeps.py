"""Start at half the nearest distance, then let every circle take up the slack that is left, sweep by sweep.

Cognition: graham-lubachevsky-1996-patterns
Cost: 1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import distances, wall_room


def assign_radii(centers: np.ndarray, width: float) -> np.ndarray:
    """Gauss-Seidel growth: each sweep visits all circles, those with the most slack first, and fills their slack."""
    sweeps = tunable(2, 1, 5)
    room = np.maximum(wall_room(centers, width), 0.0)
    d = distances(centers)
    radii = np.minimum(room, d.min(axis=1) / 2.0)
    for _ in range(sweeps):
        slack = np.minimum(room, (d - radii[None, :]).min(axis=1)) - radii
        for i in np.argsort(-slack, kind="stable"):
            radii[i] = max(radii[i], min(room[i], float((d[i] - radii).min())))
    return radii
