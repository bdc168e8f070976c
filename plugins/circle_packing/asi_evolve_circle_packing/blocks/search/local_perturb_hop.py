"""Basin hopping that disturbs one neighbourhood and leaves the rest in place.

Cognition: addis-locatelli-schoen-2008-disk-packing, lourenco-2003-ils
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, improve


def search(start: Packing, hops: int, rng: np.random.Generator) -> Packing:
    """Move the circles nearest to a random point by normal steps, improve, keep if better."""
    circles = tunable(5, 2, 10)
    size = tunable(0.8, 0.2, 2.0, log=True)
    best = start
    for _ in range(hops):
        box = np.array([best.width, 2.0 - best.width])
        point = rng.uniform(0.0, 1.0, 2) * box
        near = np.argsort(np.hypot(*(best.centers - point).T), kind="stable")[:circles]
        centers = best.centers.copy()
        centers[near] += rng.normal(0.0, size, (len(near), 2)) * best.radii[near, None]
        found = improve(centers[None], best.width, rng, best.radii[None])[0]
        if found.total > best.total:
            best = found
    return best
