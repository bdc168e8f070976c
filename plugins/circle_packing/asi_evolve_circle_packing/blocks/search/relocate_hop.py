"""Monotonic basin hopping whose move takes one circle out and puts it into a hole.

Cognition: grosso-2010-population-basin-hopping, addis-locatelli-schoen-2008-disk-packing, leary-2000-monotonic
Cost: 1.1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, find_holes, improve


def search(start: Packing, hops: int, rng: np.random.Generator) -> Packing:
    """Move one circle (small ones more often) into one of the largest holes, improve, keep if better."""
    probes = tunable(200, 30, 600, log=True)
    smallness = tunable(1.0, 0.0, 4.0)
    choice = tunable(5, 1, 12)
    jitter = tunable(0.02, 0.001, 0.1, log=True)
    best = start
    for _ in range(hops):
        weight = (best.radii + 1e-6) ** -smallness
        k = int(rng.choice(len(weight), p=weight / weight.sum()))
        rest = np.arange(len(weight)) != k
        points, room = find_holes(best.centers[rest], best.radii[rest], best.width, rng, probes)
        # One of the few largest holes: the very largest is often the one just left.
        hole = int(rng.integers(min(choice, len(points))))
        centers, radii = best.centers.copy(), best.radii.copy()
        centers[k], radii[k] = points[hole], max(float(room[hole]), 1e-3)
        centers += rng.normal(0.0, jitter, centers.shape) * radii[:, None]
        found = improve(centers[None], best.width, rng, radii[None])[0]
        if found.total > best.total:
            best = found
    return best
