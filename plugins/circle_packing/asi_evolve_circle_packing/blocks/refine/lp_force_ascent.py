"""Gradient ascent on the sum that the radius program allows: its dual prices are contact forces.

Cognition: castillo-2008-packing, huangfu-hall-2018-highs
Cost: 2.5
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import clip, distances, feasible, wall_room
from scipy.optimize import linprog
from scipy.sparse import csr_array


def refine(centers: np.ndarray, radii: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Solve the radii by linear programming, push centers along the dual prices of their contacts, adapt the step."""
    iterations = tunable(10, 4, 20)
    step = tunable(0.1, 0.02, 0.3, log=True)
    best = feasible(centers, radii, width)
    n = len(centers)
    step *= float(np.sqrt(width * (2.0 - width) / (np.pi * n)))
    c = best.centers.copy()
    box = np.array([width, 2.0 - width])
    push = np.zeros((n, 2))
    for _ in range(iterations):
        d = distances(c)
        room = np.maximum(wall_room(c, width), 1e-9)
        cap = np.minimum(room, d.min(axis=1))
        i, j = np.nonzero(np.triu(cap[:, None] + cap[None, :] > d, 1))
        if len(i) == 0:
            break
        m = np.arange(len(i))
        matrix = csr_array((np.ones(2 * len(i)), (np.concatenate([m, m]), np.concatenate([i, j]))), shape=(len(i), n))
        result = linprog(
            -np.ones(n), A_ub=matrix, b_ub=d[i, j], bounds=np.column_stack([np.zeros(n), cap]), method="highs-ds"
        )
        if result.x is None:
            break
        found = feasible(c, result.x, width)
        if found.total >= best.total:
            best = found
            price = -np.asarray(result.ineqlin.marginals)
            unit = (c[i] - c[j]) / np.maximum(d[i, j], 1e-9)[:, None]
            push = np.zeros((n, 2))
            np.add.at(push, i, price[:, None] * unit)
            np.add.at(push, j, -price[:, None] * unit)
            wall = -np.asarray(result.upper.marginals)
            nearest = np.concatenate([c, box - c], axis=1).argmin(axis=1)
            inward = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])[nearest]
            push += np.where(room <= d.min(axis=1), wall, 0.0)[:, None] * inward
        else:
            # A subgradient need not point uphill: keep the last good push and shorten the step.
            step *= 0.5
        c = clip(best.centers + step * push, width)
    return best
