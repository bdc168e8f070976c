"""Each center moves to the centroid of its Voronoi cell, estimated on a grid of probes.

Cognition: lloyd-1982-quantization, du-faber-gunzburger-1999-cvt
Cost: 0.9
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable


def relax(
    layouts: np.ndarray, radii: np.ndarray, width: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Lloyd iterations for the whole batch on a fixed grid of probe points, over-relaxed."""
    steps = tunable(10, 2, 30, log=True)
    over = tunable(1.3, 0.8, 1.9)
    probes = 22
    n = layouts.shape[1]
    box = np.array([width, 2.0 - width])
    ticks = (np.arange(probes) + 0.5) / probes
    grid = np.stack(np.meshgrid(ticks * box[0], ticks * box[1]), axis=-1).reshape(-1, 2)
    c = layouts.copy()
    for _ in range(steps):
        d2 = (c**2).sum(axis=-1)[:, None, :] - 2.0 * grid @ c.transpose(0, 2, 1)
        owner = d2.argmin(axis=-1)
        for k in range(len(c)):
            count = np.bincount(owner[k], minlength=n)
            mean = (
                np.column_stack([np.bincount(owner[k], grid[:, a], n) for a in (0, 1)]) / np.maximum(count, 1)[:, None]
            )
            c[k] += over * np.where(count[:, None] > 0, mean - c[k], 0.0)
        c = np.clip(c, 1e-3, box - 1e-3)
    delta = c[:, :, None, :] - c[:, None, :, :]
    d = np.sqrt((delta * delta).sum(axis=-1))
    d[:, np.eye(n, dtype=bool)] = np.inf
    return c, np.minimum(np.minimum(c, box - c).min(axis=-1), d.min(axis=-1) / 2.0)
