"""Concentric square rings, one circle a corner of each, the rest spread evenly.

Cognition: lubachevsky-graham-1997-curved
Cost: 1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable


def initial_layout(n: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """Circles on nested rings parallel to the walls, in numbers that grow with the length of the ring."""
    jitter = tunable(0.1, 0.0, 0.4)
    rings = max(1, round(float(np.sqrt(n)) / 2.0 + rng.uniform(-0.3, 0.3)))
    inset = (np.arange(rings) + 0.5) / (2.0 * rings)
    length = 1.0 - 2.0 * inset + 0.02
    counts = np.floor(n * length / length.sum()).astype(int)
    counts[0] += n - counts.sum()
    points = []
    for count, gap in zip(counts, inset, strict=True):
        t = ((np.arange(count) + rng.uniform()) / max(count, 1)) % 1.0 * 4.0
        side, u = np.floor(t).astype(int) % 4, t % 1.0
        x = np.choose(side, [u, np.ones_like(u), 1.0 - u, np.zeros_like(u)])
        y = np.choose(side, [np.zeros_like(u), u, np.ones_like(u), 1.0 - u])
        points.append(gap + (1.0 - 2.0 * gap) * np.column_stack([x, y]))
    unit = np.concatenate(points) + rng.normal(0.0, jitter / np.sqrt(n) + 1e-9, (n, 2))
    return np.clip(unit, 0.01, 0.99) * np.array([width, 2.0 - width])
