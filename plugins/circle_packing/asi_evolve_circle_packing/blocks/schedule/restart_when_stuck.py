"""Search in segments; when a segment brings nothing, begin anew, and end with the best.

Cognition: lourenco-2003-ils, luby-1993-restarts
Cost: 1.4
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, draw_width, improve, initial_layout, search


def schedule(n: int, effort: float, rng: np.random.Generator) -> Packing:
    """Segments of hops; a start is given up after ``patience`` segments without a gain."""
    segments = tunable(8, 3, 14, log=True)
    hops = tunable(6, 2, 10)
    patience = tunable(2, 1, 4)
    starts = tunable(3, 1, 8)
    best: Packing | None = None
    here: Packing | None = None
    idle = 0
    for _ in range(max(1, round(segments * effort))):
        if here is None:
            for _ in range(starts):
                width = draw_width(rng)
                found = improve(initial_layout(n, width, rng)[None], width, rng)[0]
                if here is None or found.total > here.total:
                    here = found
            assert here is not None
            idle = 0
        found = search(here, hops, rng)
        idle = 0 if found.total > here.total + 1e-9 else idle + 1
        here = found
        if best is None or here.total > best.total:
            best = here
        if idle >= patience:
            here = None
    assert best is not None
    return best
