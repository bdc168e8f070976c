"""Quadratic penalties for overlaps, minimised by L-BFGS, with a penalty that grows from stage to stage.

Cognition: liu-nocedal-1989-lbfgs, birgin-2005-nonlinear
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from scipy.optimize import minimize


def refine(centers: np.ndarray, radii: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Minimise -sum(r) + penalty * sum(overlap^2); the overlap that is left is of order 1 / penalty."""
    stages = tunable(4, 2, 5)
    first = tunable(10.0, 3.0, 50.0, log=True)
    growth = tunable(8.0, 3.0, 15.0, log=True)
    iterations = tunable(30, 12, 60, log=True)
    n = len(centers)
    box = np.array([width, 2.0 - width])
    i, j = np.triu_indices(n, 1)
    penalty = first

    def energy(v: np.ndarray) -> tuple[float, np.ndarray]:
        c, r = v[: 2 * n].reshape(n, 2), v[2 * n :]
        delta = c[i] - c[j]
        d = np.sqrt((delta * delta).sum(axis=1)) + 1e-15
        overlap = np.maximum(r[i] + r[j] - d, 0.0)
        below, above = np.maximum(r[:, None] - c, 0.0), np.maximum(c + r[:, None] - box, 0.0)
        value = -r.sum() + penalty * ((overlap**2).sum() + (below**2).sum() + (above**2).sum())
        pull = 2.0 * penalty * overlap
        force = delta * (pull / d)[:, None]
        gc = 2.0 * penalty * (above - below)
        for axis in (0, 1):
            gc[:, axis] += np.bincount(j, force[:, axis], n) - np.bincount(i, force[:, axis], n)
        gr = -1.0 + np.bincount(i, pull, n) + np.bincount(j, pull, n) + 2.0 * penalty * (below + above).sum(axis=1)
        return float(value), np.concatenate([gc.ravel(), gr])

    v = np.concatenate([centers.ravel(), radii])
    for _ in range(stages):
        v = minimize(energy, v, jac=True, method="L-BFGS-B", options={"maxiter": iterations, "maxcor": 12}).x
        penalty *= growth
    return v[: 2 * n].reshape(n, 2), np.maximum(v[2 * n :], 0.0), width
