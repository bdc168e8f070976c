"""Circle by circle: try steps in a few directions, stay where the circle can be largest.

Cognition: kolda-lewis-torczon-2003-direct-search
Cost: 0.7
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import feasible, wall_room


def refine(centers: np.ndarray, radii: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Compass search on each center in turn with the others fixed; a circle only ever grows."""
    sweeps = tunable(15, 4, 30, log=True)
    directions = tunable(8, 4, 16)
    first = tunable(0.4, 0.1, 0.8)
    best = feasible(centers, radii, width)
    c, r = best.centers.copy(), best.radii.copy()
    n = len(r)
    angle = 2.0 * np.pi * np.arange(directions) / directions
    star = np.vstack([np.zeros((1, 2)), np.column_stack([np.cos(angle), np.sin(angle)])])
    step = first * float(r.mean())
    for _ in range(sweeps):
        gained = 0.0
        for i in range(n):
            trial = c[i] + step * star
            delta = trial[:, None, :] - c[None, :, :]
            gap = np.hypot(delta[..., 0], delta[..., 1]) - r
            gap[:, i] = np.inf
            room = np.minimum(gap.min(axis=1), wall_room(trial, width))
            k = int(np.argmax(room))
            if room[k] > r[i]:
                gained += float(room[k]) - r[i]
                c[i], r[i] = trial[k], room[k]
        if gained < 1e-4 * step:
            step *= 0.5
    return c, r, width
