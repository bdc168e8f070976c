"""Iterated local search by exchange: two circles of different size change places.

Cognition: stoyan-yaskov-2014-jump, lourenco-2003-ils
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, improve


def search(start: Packing, hops: int, rng: np.random.Generator) -> Packing:
    """Exchange the radii of pairs of circles that differ in size, improve, keep if better."""
    pairs = tunable(1, 1, 3)
    bias = tunable(1.0, 0.0, 3.0)
    jitter = tunable(0.05, 0.005, 0.3, log=True)
    best = start
    for _ in range(hops):
        radii = best.radii.copy()
        for _ in range(pairs):
            i = int(rng.integers(len(radii)))
            weight = np.abs(radii - radii[i]) ** bias + 1e-12
            weight[i] = 0.0
            j = int(rng.choice(len(radii), p=weight / weight.sum())) if weight.any() else i
            radii[[i, j]] = radii[[j, i]]
        centers = best.centers + rng.normal(0.0, jitter, best.centers.shape) * best.radii[:, None]
        found = improve(centers[None], best.width, rng, radii[None])[0]
        if found.total > best.total:
            best = found
    return best
