"""Population basin hopping: a child replaces the member that is most like it, if better.

Cognition: grosso-2010-population-basin-hopping, leary-2000-monotonic
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, improve


def search(start: Packing, hops: int, rng: np.random.Generator) -> Packing:
    """A small population grown from the start; likeness is measured on the sorted radii."""
    members = tunable(4, 2, 8)
    size = tunable(0.35, 0.08, 1.0, log=True)
    alike = tunable(0.003, 0.0005, 0.02, log=True)
    group = [start]
    for t in range(hops):
        parent = group[t % len(group)]
        centers, radii = parent.centers.copy(), parent.radii.copy()
        if rng.uniform() < 0.5:
            centers += rng.normal(0.0, size, centers.shape) * radii[:, None]
        else:
            i, j = rng.integers(len(radii), size=2)
            radii[[i, j]] = radii[[j, i]]
            centers[[i, j]] += rng.normal(0.0, size, (2, 2)) * radii[[i, j], None]
        child = improve(centers[None], parent.width, rng, radii[None])[0]
        gaps = [float(np.abs(np.sort(m.radii) - np.sort(child.radii)).mean()) for m in group]
        nearest = int(np.argmin(gaps))
        if gaps[nearest] < alike:
            if child.total > group[nearest].total:
                group[nearest] = child
        elif len(group) < members:
            group.append(child)
        else:
            worst = int(np.argmin([m.total for m in group]))
            if child.total > group[worst].total:
                group[worst] = child
    return max(group, key=lambda m: m.total)
