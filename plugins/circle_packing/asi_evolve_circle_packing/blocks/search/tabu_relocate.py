"""Relocation with a memory: circles moved lately stay put, and no hop returns to a sum seen lately.

Cognition: glover-1989-tabu, huang-ye-2011-quasi-physical
Cost: 1.3
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, find_holes, improve


def search(start: Packing, hops: int, rng: np.random.Generator) -> Packing:
    """Take the least used circle that is not tabu, move it into the best hole, go there even if it is worse."""
    tenure = tunable(6, 2, 15)
    drop = tunable(0.02, 0.002, 0.08, log=True)
    probes = tunable(200, 50, 600, log=True)
    best = here = start
    n = len(start.radii)
    free_at = np.zeros(n)
    seen: list[float] = []
    for t in range(hops):
        # Small circles first: they are worth the least where they are.
        order = np.argsort(here.radii * rng.uniform(0.7, 1.3, n), kind="stable")
        free = [int(k) for k in order if free_at[k] <= t]
        k = free[0] if free else int(order[0])
        free_at[k] = t + 1 + tenure
        rest = np.arange(n) != k
        points, room = find_holes(here.centers[rest], here.radii[rest], here.width, rng, probes)
        away = np.hypot(*(points - here.centers[k]).T) > here.radii[k]
        pick = int(np.argmax(away))
        centers, radii = here.centers.copy(), here.radii.copy()
        centers[k], radii[k] = points[pick], max(float(room[pick]), 1e-3)
        found = improve(centers[None], here.width, rng, radii[None])[0]
        known = any(abs(found.total - value) < 1e-7 for value in seen)
        if found.total > best.total:
            best = here = found
        elif not known and found.total > best.total - drop:
            here = found
        elif found.total <= best.total - drop:
            here = best
        seen = [*seen, found.total][-30:]
    return best
