"""Monotonic basin hopping: move all centers a little, improve, keep if better.

Cognition: wales-doye-1997-basin-hopping, leary-2000-monotonic
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, improve


def search(start: Packing, hops: int, rng: np.random.Generator) -> Packing:
    """Normal steps in units of each circle's radius."""
    size = tunable(0.35, 0.08, 1.0, log=True)
    best = start
    for _ in range(hops):
        centers = best.centers + rng.normal(0.0, size, best.centers.shape) * best.radii[:, None]
        found = improve(centers[None], best.width, rng, best.radii[None])[0]
        if found.total > best.total:
            best = found
    return best
