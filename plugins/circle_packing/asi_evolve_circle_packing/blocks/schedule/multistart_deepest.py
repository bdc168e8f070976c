"""Many local optima first, then one deep search from the best of them.

Cognition: marti-2003-multistart, grosso-2010-population-basin-hopping
Cost: 1.7
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, draw_width, improve, initial_layout, search


def schedule(n: int, effort: float, rng: np.random.Generator) -> Packing:
    """Improve ``starts`` layouts, then spend all hops on the best."""
    starts = tunable(15, 3, 40, log=True)
    hops = tunable(40, 10, 120, log=True)
    best: Packing | None = None
    for _ in range(max(1, round(starts * effort))):
        width = draw_width(rng)
        found = improve(initial_layout(n, width, rng)[None], width, rng)[0]
        if best is None or found.total > best.total:
            best = found
    assert best is not None
    return search(best, max(1, round(hops * effort)), rng)
