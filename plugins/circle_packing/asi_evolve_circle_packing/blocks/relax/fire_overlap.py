"""Elastic disks released from their overlaps, with the inertia rule of FIRE.

Cognition: bitzek-2006-fire, huang-ye-2011-quasi-physical
Cost: 1.3
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable


def relax(
    layouts: np.ndarray, radii: np.ndarray, width: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Minimise the elastic energy of disks of fixed size; velocity is kept downhill and dropped uphill."""
    steps = tunable(70, 20, 180, log=True)
    fill = tunable(0.95, 0.8, 1.1)
    keep = tunable(0.5, 0.0, 1.0)
    n = layouts.shape[1]
    box = np.array([width, 2.0 - width])
    equal = fill * float(np.sqrt(0.85 * box[0] * box[1] / (np.pi * n)))
    r = keep * np.clip(radii, 0.3 * equal, 2.0 * equal) + (1.0 - keep) * equal
    c, speed = layouts.copy(), np.zeros_like(layouts)
    pace = np.full((len(c), 1, 1), 0.1)
    own = np.eye(n, dtype=bool)
    for _ in range(steps):
        delta = c[:, :, None, :] - c[:, None, :, :]
        d = np.sqrt((delta * delta).sum(axis=-1)) + 1e-12
        overlap = np.maximum(r[:, :, None] + r[:, None, :] - d, 0.0)
        overlap[:, own] = 0.0
        force = (delta * (overlap / d)[..., None]).sum(axis=2)
        force += np.maximum(r[..., None] - c, 0.0) - np.maximum(c + r[..., None] - box, 0.0)
        downhill = (force * speed).sum(axis=(1, 2), keepdims=True) >= 0.0
        pace = np.where(downhill, np.minimum(pace * 1.1, 0.6), pace * 0.5)
        length = np.sqrt(
            (speed**2).sum(axis=(1, 2), keepdims=True) / ((force**2).sum(axis=(1, 2), keepdims=True) + 1e-30)
        )
        speed = np.where(downhill, 0.9 * speed + 0.1 * length * force, 0.0) + pace * force
        c = np.clip(c + pace * speed, 1e-3, box - 1e-3)
    return c, r
