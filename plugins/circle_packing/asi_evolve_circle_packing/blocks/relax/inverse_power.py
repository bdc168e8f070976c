"""Centers repel each other and the walls by an inverse power of the distance.

Cognition: nurmela-ostergard-1997-energy
Cost: 1.1
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable


def relax(
    layouts: np.ndarray, radii: np.ndarray, width: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Steepest descent on sum d^-p with mirror images at the walls; steps are bounded, p rises from 2."""
    steps = tunable(40, 10, 120, log=True)
    power = tunable(8.0, 3.0, 20.0)
    stride = tunable(0.15, 0.03, 0.4, log=True)
    n = layouts.shape[1]
    box = np.array([width, 2.0 - width])
    spacing = float(np.sqrt(box[0] * box[1] / n))
    c = layouts.copy()
    own = np.eye(n, dtype=bool)
    for t in range(steps):
        p = 2.0 + (power - 2.0) * t / steps
        delta = c[:, :, None, :] - c[:, None, :, :]
        d = np.sqrt((delta * delta).sum(axis=-1)) / spacing + 1e-3
        d[:, own] = np.inf
        force = (delta / spacing * (d ** -(p + 2.0))[..., None]).sum(axis=2)
        # A wall acts like the mirror image of the circle behind it, at twice the distance.
        force += (2.0 * c / spacing + 1e-3) ** -(p + 1.0) - (2.0 * (box - c) / spacing + 1e-3) ** -(p + 1.0)
        size = np.sqrt((force * force).sum(axis=-1, keepdims=True))
        c = c + stride * spacing * (1.0 - t / steps) * force / (size + 1.0)
        c = np.clip(c, 0.02 * spacing, box - 0.02 * spacing)
    delta = c[:, :, None, :] - c[:, None, :, :]
    d = np.sqrt((delta * delta).sum(axis=-1))
    d[:, own] = np.inf
    return c, np.minimum(np.minimum(c, box - c).min(axis=-1), d.min(axis=-1) / 2.0)
