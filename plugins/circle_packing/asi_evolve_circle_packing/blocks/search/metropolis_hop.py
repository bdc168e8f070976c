"""Basin hopping with the Metropolis rule: worse optima are accepted now and then.

Cognition: metropolis-1953, wales-doye-1997-basin-hopping
Cost: 1.1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, improve


def search(start: Packing, hops: int, rng: np.random.Generator) -> Packing:
    """Normal steps; a loss is accepted with probability exp(-loss / temperature), which cools hop by hop."""
    size = tunable(0.3, 0.05, 1.0, log=True)
    temperature = tunable(0.003, 0.0003, 0.03, log=True)
    cooling = tunable(0.97, 0.9, 1.0)
    best = here = start
    heat = temperature
    for _ in range(hops):
        centers = here.centers + rng.normal(0.0, size, here.centers.shape) * here.radii[:, None]
        found = improve(centers[None], here.width, rng, here.radii[None])[0]
        if rng.uniform() < np.exp(min(0.0, (found.total - here.total) / heat)):
            here = found
        if here.total > best.total:
            best = here
        heat *= cooling
    return best
