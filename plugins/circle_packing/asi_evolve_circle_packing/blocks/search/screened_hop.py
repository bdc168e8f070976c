"""Several perturbations a hop, relaxed as one batch; only the most promising is refined.

Cognition: grosso-2010-population-basin-hopping, marti-2003-multistart
Cost: 1.6
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, find_holes, improve


def search(start: Packing, hops: int, rng: np.random.Generator) -> Packing:
    """A batch of relocations and shakes of different strength, screened by the relaxed sum of radii."""
    batch = tunable(4, 2, 7)
    size = tunable(0.3, 0.05, 1.0, log=True)
    relocate = tunable(0.6, 0.0, 1.0)
    best = start
    for _ in range(hops):
        layouts, sizes = [], []
        for _ in range(batch):
            centers, radii = best.centers.copy(), best.radii.copy()
            if rng.uniform() < relocate:
                k = int(rng.integers(len(radii)))
                rest = np.arange(len(radii)) != k
                points, room = find_holes(centers[rest], radii[rest], best.width, rng, 80)
                hole = int(rng.integers(min(5, len(points))))
                centers[k], radii[k] = points[hole], max(float(room[hole]), 1e-3)
            else:
                centers += rng.normal(0.0, size * rng.uniform(0.3, 1.0), centers.shape) * radii[:, None]
            layouts.append(centers)
            sizes.append(radii)
        found = improve(np.stack(layouts), best.width, rng, np.stack(sizes), keep=1)[0]
        if found.total > best.total:
            best = found
    return best
