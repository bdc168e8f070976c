"""Greedy in order of room: circles with much room grow first.

Cognition: graham-lubachevsky-1996-patterns, huang-2006-greedy-corner
Cost: 1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import distances, wall_room


def assign_radii(centers: np.ndarray, width: float) -> np.ndarray:
    """Greedy radii; a circle may take up to ``share`` of the way to a neighbour that has none yet."""
    share = tunable(0.55, 0.5, 0.8)
    room = np.maximum(wall_room(centers, width), 0.0)
    d = distances(centers)
    ambition = np.minimum(room, d.min(axis=1) * share)
    radii = np.zeros(len(centers))
    for i in np.argsort(-ambition, kind="stable"):
        taken = (d[i] - radii).min()
        radii[i] = max(0.0, min(room[i], taken, ambition[i]))
    return radii
