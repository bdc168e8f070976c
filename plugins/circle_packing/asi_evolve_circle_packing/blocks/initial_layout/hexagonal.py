"""Rows of a triangular lattice, the densest arrangement of equal circles in the plane.

Cognition: fejes-toth-1972-lagerungen, graham-lubachevsky-1996-patterns
Cost: 0.9
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable


def initial_layout(n: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """Alternating rows shifted by half a spacing; the number of rows varies around the natural one."""
    jitter = tunable(0.05, 0.0, 0.3)
    spread = tunable(1, 0, 2)
    height = 2.0 - width
    natural = np.sqrt(n * height / width * 2.0 / np.sqrt(3.0))
    rows = int(np.clip(round(natural) + rng.integers(-spread, spread + 1), 1, n))
    counts = np.full(rows, n // rows)
    # Every other row takes the circles that are left over, so that long and short rows alternate.
    order = np.concatenate([np.arange(0, rows, 2), np.arange(1, rows, 2)])
    counts[order[: n - counts.sum()]] += 1
    points = []
    for k, count in enumerate(counts):
        shift = 0.25 if k % 2 else -0.25
        same = counts[k - 1] == count if k else (rows > 1 and counts[1] == count)
        x = (np.arange(count) + 0.5 + (shift if same else 0.0)) / count
        points.append(np.column_stack([x * width, np.full(count, (k + 0.5) / rows * height)]))
    centers = np.concatenate(points)
    cell = np.sqrt(width * height / n)
    return np.clip(centers + rng.normal(0.0, jitter * cell + 1e-9, (n, 2)), 0.01, np.array([width, height]) - 0.01)
