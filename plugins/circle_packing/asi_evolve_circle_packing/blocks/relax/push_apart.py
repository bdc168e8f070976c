"""Overlapping circles are pushed apart along their line of centers while all of them grow.

Cognition: jodrey-tory-1985-close-packing, lubachevsky-stillinger-1990
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable


def relax(
    layouts: np.ndarray, radii: np.ndarray, width: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Growth and displacement in turn: grow by a factor, then move each overlapping pair apart by its share."""
    steps = tunable(60, 15, 150, log=True)
    fill = tunable(0.98, 0.8, 1.15)
    share = tunable(0.35, 0.15, 0.6)
    evenness = tunable(0.7, 0.0, 1.0)
    n = layouts.shape[1]
    box = np.array([width, 2.0 - width])
    mean = fill * float(np.sqrt(0.85 * box[0] * box[1] / (np.pi * n)))
    # evenness = 1 aims at equal circles, 0 keeps the proportions of the radii that came in.
    shape = radii / np.maximum(radii.mean(axis=1, keepdims=True), 1e-9)
    goal = mean * (evenness + (1.0 - evenness) * np.clip(shape, 0.3, 2.0))
    c = layouts.copy()
    own = np.eye(n, dtype=bool)
    r = goal
    for t in range(steps):
        r = goal * (0.5 + 0.5 * min(1.0, 2.0 * (t + 1) / steps))
        delta = c[:, :, None, :] - c[:, None, :, :]
        d = np.sqrt((delta * delta).sum(axis=-1)) + 1e-12
        overlap = np.maximum(r[:, :, None] + r[:, None, :] - d, 0.0)
        overlap[:, own] = 0.0
        c = c + share * (delta * (overlap / d)[..., None]).sum(axis=2)
        c = np.clip(c, r[..., None], box - r[..., None])
    return c, r
