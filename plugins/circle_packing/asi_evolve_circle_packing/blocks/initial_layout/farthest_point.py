"""Best-candidate sampling: each new center is far from all before it and from the walls.

Cognition: mitchell-1991-best-candidate, bridson-2007-poisson-disk
Cost: 1.1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import wall_room


def initial_layout(n: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """Of ``candidates`` random points take the one with the most room, n times."""
    candidates = tunable(40, 5, 300, log=True)
    wall_weight = tunable(2.0, 0.5, 4.0)
    box = np.array([width, 2.0 - width])
    centers = np.empty((n, 2))
    for k in range(n):
        points = rng.uniform(0.0, 1.0, (candidates, 2)) * box
        room = wall_weight * wall_room(points, width)
        if k:
            delta = points[:, None, :] - centers[None, :k, :]
            room = np.minimum(room, np.hypot(delta[..., 0], delta[..., 1]).min(axis=1))
        centers[k] = points[int(np.argmax(room))]
    return centers
