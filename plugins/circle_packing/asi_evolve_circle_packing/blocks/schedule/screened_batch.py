"""A large batch relaxed at once; only the most promising layouts are refined, the best is searched.

Cognition: marti-2003-multistart, huang-ye-2011-quasi-physical
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, draw_width, improve, initial_layout, search


def schedule(n: int, effort: float, rng: np.random.Generator) -> Packing:
    """Relaxing a batch is cheap, refining is not: relax ``batch`` layouts, refine ``keep``, search from the best."""
    batch = tunable(24, 8, 80, log=True)
    keep = tunable(5, 1, 15)
    hops = tunable(40, 10, 120, log=True)
    width = draw_width(rng)
    layouts = np.stack([initial_layout(n, width, rng) for _ in range(max(1, round(batch * effort)))])
    found = improve(layouts, width, rng, keep=keep)
    return search(found[0], max(1, round(hops * effort)), rng)
