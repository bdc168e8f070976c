"""Relocation hops that accept small losses, with a threshold that falls to zero and a return to the best.

Cognition: dueck-scheuer-1990-threshold, grosso-2010-population-basin-hopping
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, find_holes, improve


def search(start: Packing, hops: int, rng: np.random.Generator) -> Packing:
    """Move a random circle into a hole; accept losses below the threshold; return to the best when stuck."""
    threshold = tunable(0.004, 0.0003, 0.02, log=True)
    patience = tunable(10, 3, 40, log=True)
    probes = tunable(120, 30, 400, log=True)
    best = here = start
    idle = 0
    for _ in range(hops):
        k = int(rng.integers(len(here.radii)))
        rest = np.arange(len(here.radii)) != k
        points, room = find_holes(here.centers[rest], here.radii[rest], here.width, rng, probes)
        pick = int(rng.integers(min(4, len(points))))
        centers, radii = here.centers.copy(), here.radii.copy()
        centers[k], radii[k] = points[pick], max(float(room[pick]), 1e-3)
        found = improve(centers[None], here.width, rng, radii[None])[0]
        if found.total > here.total - threshold * max(0.0, 1.0 - idle / patience):
            here = found
        idle += 1
        if here.total > best.total + 1e-9:
            best, idle = here, 0
        elif idle >= patience:
            here, idle = best, 0
    return best
