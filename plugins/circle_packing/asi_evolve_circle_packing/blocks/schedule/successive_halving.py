"""Successive halving over starts: search all a little, drop the worse half, search the rest twice as deep.

Cognition: jamieson-talwalkar-2016-halving, marti-2003-multistart
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, draw_width, improve, initial_layout, search


def schedule(n: int, effort: float, rng: np.random.Generator) -> Packing:
    """Hops per start double as the field halves, so that each rung costs about the same."""
    starts = tunable(8, 3, 12, log=True)
    hops = tunable(2, 1, 4)
    field = []
    for _ in range(max(1, round(starts * effort))):
        width = draw_width(rng)
        field.append(improve(initial_layout(n, width, rng)[None], width, rng)[0])
    depth = hops
    while True:
        field = sorted((search(packing, depth, rng) for packing in field), key=lambda packing: -packing.total)
        if len(field) == 1:
            return field[0]
        field = field[: max(1, len(field) // 2)]
        depth *= 2
