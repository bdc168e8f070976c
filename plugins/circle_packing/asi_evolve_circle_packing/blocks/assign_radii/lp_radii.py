"""The largest sum of radii for fixed centers is a linear program.

Cognition: huangfu-hall-2018-highs, castillo-2008-packing
Cost: 1.4
"""

from __future__ import annotations

import numpy as np
from asi_evolve_circle_packing.seed import distances, wall_room
from scipy.optimize import linprog
from scipy.sparse import csr_array


def assign_radii(centers: np.ndarray, width: float) -> np.ndarray:
    """Maximise the sum of radii subject to walls (bounds) and those pairs that the walls leave possible."""
    n = len(centers)
    room = np.maximum(wall_room(centers, width), 1e-9)
    d = distances(centers)
    # A circle is never wider than the gap to its nearest neighbour, which rules most pairs out.
    cap = np.minimum(room, d.min(axis=1))
    i, j = np.nonzero(np.triu(cap[:, None] + cap[None, :] > d, 1))
    if len(i) == 0:
        return cap
    rows = np.arange(len(i))
    matrix = csr_array((np.ones(2 * len(i)), (np.concatenate([rows, rows]), np.concatenate([i, j]))), shape=(len(i), n))
    bounds = np.column_stack([np.zeros(n), cap])
    result = linprog(-np.ones(n), A_ub=matrix, b_ub=d[i, j], bounds=bounds, method="highs-ds")
    return np.asarray(result.x) if result.x is not None else np.minimum(room, d.min(axis=1) / 2.0)
