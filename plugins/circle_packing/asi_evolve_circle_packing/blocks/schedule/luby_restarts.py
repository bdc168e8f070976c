"""Restarts with the universal sequence: mostly short searches, now and then a long one.

Cognition: luby-1993-restarts
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import Packing, draw_width, improve, initial_layout, search


def schedule(n: int, effort: float, rng: np.random.Generator) -> Packing:
    """Search lengths 1, 1, 2, 1, 1, 2, 4, ... times a unit, each from a new start."""
    restarts = tunable(7, 3, 13)
    unit = tunable(4, 2, 6)
    best: Packing | None = None
    for index in range(1, max(1, round(restarts * effort)) + 1):
        # Luby's sequence: 2^(k-1) at index 2^k - 1, and before that the sequence from its beginning again.
        i, k = index, index.bit_length()
        while i != (1 << k) - 1:
            i -= (1 << (k - 1)) - 1
            k = i.bit_length()
        width = draw_width(rng)
        start = improve(initial_layout(n, width, rng)[None], width, rng)[0]
        found = search(start, unit * (1 << (k - 1)), rng)
        if best is None or found.total > best.total:
            best = found
    assert best is not None
    return best
