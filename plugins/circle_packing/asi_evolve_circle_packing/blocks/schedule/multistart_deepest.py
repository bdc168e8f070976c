"""Many local optima first, then one deep search from the best of them.

Cognition: grosso-2010-population-basin-hopping, marti-2003-multistart
Cost: 2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable

from asi_evolve_circle_packing.seed import Packing, draw_width, improve, initial_layout, search


def schedule(n: int, effort: float, rng: np.random.Generator) -> Packing:
    """Refine ``starts`` layouts, then search with all hops from the best."""
    starts = tunable(16, 2, 60, log=True)
    hops = tunable(30, 5, 150, log=True)
    best: Packing | None = None
    for _ in range(max(1, round(starts * effort))):
        width = draw_width(rng)
        found = improve(initial_layout(n, width, rng)[None], width, rng)[0]
        if best is None or found.total > best.total:
            best = found
    assert best is not None
    return search(best, max(1, round(hops * effort)), rng)
