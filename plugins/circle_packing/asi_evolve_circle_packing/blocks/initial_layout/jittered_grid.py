"""A grid with as many cells as needed, a random choice of them, each center moved a little.

Cognition: cook-1986-jittered-sampling
Cost: 1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable


def initial_layout(n: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """Random cells of a near-square grid, each center moved by a normal step in units of the cell."""
    jitter = tunable(0.15, 0.02, 0.5, log=True)
    height = 2.0 - width
    columns = max(1, int(np.ceil(np.sqrt(n * width / height))))
    rows = int(np.ceil(n / columns))
    cells = np.sort(rng.permutation(rows * columns)[:n])
    row, column = np.divmod(cells, columns)
    unit = np.column_stack([(column + 0.5) / columns, (row + 0.5) / rows])
    unit += rng.normal(0.0, jitter, (n, 2)) / np.array([columns, rows])
    return np.clip(unit, 0.01, 0.99) * np.array([width, height])
