"""Monotonic basin hopping whose move takes one circle out and puts it into the largest hole.

Cognition: grosso-2010-population-basin-hopping, wales-doye-1997-basin-hopping, leary-2000-monotonic
Cost: 3
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable

from asi_evolve_circle_packing.seed import Packing, improve, wall_room


def search(start: Packing, hops: int, rng: np.random.Generator) -> Packing:
    """Relocate one circle (small ones more often) into a hole found by sampling, improve, keep if better."""
    probes = tunable(200, 30, 600, log=True)
    smallness = tunable(1.0, 0.0, 4.0)
    jitter = tunable(0.02, 0.001, 0.1, log=True)
    best = start
    for _ in range(hops):
        n = len(best.radii)
        box = np.array([best.width, 2.0 - best.width])
        weight = (best.radii + 1e-6) ** -smallness
        k = int(rng.choice(n, p=weight / weight.sum()))
        rest = np.delete(np.arange(n), k)
        points = rng.uniform(0.0, 1.0, (probes, 2)) * box
        delta = points[:, None, :] - best.centers[None, rest, :]
        room = np.minimum(
            wall_room(points, best.width), (np.hypot(delta[..., 0], delta[..., 1]) - best.radii[rest]).min(axis=1)
        )
        # One of the few largest holes: the very largest would often be the one just left.
        hole = int(rng.choice(np.argsort(-room)[:5]))
        centers, radii = best.centers.copy(), best.radii.copy()
        centers[k], radii[k] = points[hole], max(float(room[hole]), 1e-3)
        centers += rng.normal(0.0, jitter, centers.shape) * radii[:, None]
        found = improve(centers[None], best.width, rng, radii[None])[0]
        if found.total > best.total:
            best = found
    return best
