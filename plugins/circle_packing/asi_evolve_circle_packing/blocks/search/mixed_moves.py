"""Iterated local search with several moves, chosen by their success so far.

Cognition: lourenco-2003-ils, fialho-2010-adaptive-operators, mladenovic-hansen-1997-vns
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, find_holes, improve


def search(start: Packing, hops: int, rng: np.random.Generator) -> Packing:
    """Shake, relocate, swap or mirror; the odds of each move follow its wins, with a floor."""
    size = tunable(0.25, 0.05, 0.8, log=True)
    floor = tunable(0.1, 0.02, 0.25)
    probes = tunable(150, 30, 400, log=True)
    best = start
    wins, tries = np.ones(4), np.full(4, 2.0)
    for _ in range(hops):
        n = len(best.radii)
        odds = np.maximum(wins / tries, floor)
        move = int(rng.choice(4, p=odds / odds.sum()))
        centers, radii = best.centers.copy(), best.radii.copy()
        if move == 0:
            centers += rng.normal(0.0, size, centers.shape) * radii[:, None]
        elif move == 1:
            k = int(rng.integers(n))
            rest = np.arange(n) != k
            points, room = find_holes(centers[rest], radii[rest], best.width, rng, probes)
            hole = int(rng.integers(min(5, len(points))))
            centers[k], radii[k] = points[hole], max(float(room[hole]), 1e-3)
        elif move == 2:
            i, j = rng.integers(n, size=2)
            radii[[i, j]] = radii[[j, i]]
        else:
            # Mirror one side of a random line parallel to a wall: keeps good rows, joins them anew.
            axis = int(rng.integers(2))
            extent = best.width if axis == 0 else 2.0 - best.width
            side = centers[:, axis] < rng.uniform(0.25, 0.75) * extent
            other = 2.0 - best.width if axis == 0 else best.width
            centers[side, 1 - axis] = other - centers[side, 1 - axis]
        found = improve(centers[None], best.width, rng, radii[None])[0]
        tries[move] += 1.0
        if found.total > best.total:
            wins[move] += 1.0
            best = found
    return best
