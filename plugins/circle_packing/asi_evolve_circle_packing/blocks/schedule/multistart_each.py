"""A few starts, each searched to the same depth.

Cognition: marti-2003-multistart, lourenco-2003-ils
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, draw_width, improve, initial_layout, search


def schedule(n: int, effort: float, rng: np.random.Generator) -> Packing:
    """``starts`` independent searches of ``hops`` hops each; the best of them."""
    starts = tunable(4, 2, 8)
    hops = tunable(12, 4, 24, log=True)
    best: Packing | None = None
    for _ in range(max(1, round(starts * effort))):
        width = draw_width(rng)
        start = improve(initial_layout(n, width, rng)[None], width, rng)[0]
        found = search(start, max(1, round(hops * min(1.0, effort))), rng)
        if best is None or found.total > best.total:
            best = found
    assert best is not None
    return best
