"""Overlap-penalty relaxation by Adam, all layouts of the batch in step.

Cognition: kingma-ba-2014-adam, huang-ye-2011-quasi-physical
Cost: 1.6
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable


def relax(
    layouts: np.ndarray, radii: np.ndarray, width: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Minimise -sum(r) + penalty * sum(overlap^2) over centers and radii, with a penalty that grows."""
    steps = tunable(80, 20, 200, log=True)
    rate = tunable(0.02, 0.003, 0.06, log=True)
    first = tunable(5.0, 1.0, 30.0, log=True)
    last = tunable(100.0, 30.0, 1000.0, log=True)
    n = layouts.shape[1]
    box = np.array([width, 2.0 - width])
    # Start near the radius of equal circles: zero radii would feel no neighbour.
    start = np.maximum(radii, 0.3 * np.sqrt(box[0] * box[1] / (np.pi * n)))
    v = np.concatenate([layouts, start[..., None]], axis=2)
    m, s = np.zeros_like(v), np.zeros_like(v)
    own = np.eye(n, dtype=bool)
    for t in range(1, steps + 1):
        penalty = first * (last / first) ** (t / steps)
        c, r = v[..., :2], v[..., 2]
        delta = c[:, :, None, :] - c[:, None, :, :]
        d = np.sqrt((delta * delta).sum(axis=-1) + 1e-18)
        overlap = np.maximum(r[:, :, None] + r[:, None, :] - d, 0.0)
        overlap[:, own] = 0.0
        below = np.maximum(r[..., None] - c, 0.0)
        above = np.maximum(c + r[..., None] - box, 0.0)
        g = np.empty_like(v)
        g[..., :2] = 2.0 * penalty * (above - below - (delta * (overlap / d)[..., None]).sum(axis=2))
        g[..., 2] = -1.0 + 2.0 * penalty * (overlap.sum(axis=2) + (below + above).sum(axis=2))
        m = 0.9 * m + 0.1 * g
        s = 0.999 * s + 0.001 * g * g
        v = v - rate * (1.0 - 0.9 * t / steps) * (m / (1.0 - 0.9**t)) / (np.sqrt(s / (1.0 - 0.999**t)) + 1e-8)
    return v[..., :2], np.maximum(v[..., 2], 0.0)
