"""The method of multipliers: penalties plus estimates of the contact forces.

Cognition: birgin-martinez-2014-augmented, liu-nocedal-1989-lbfgs, birgin-2005-nonlinear
Cost: 1.6
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from scipy.optimize import minimize


def refine(centers: np.ndarray, radii: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Minimise the augmented Lagrangian by L-BFGS, update the multipliers (contact forces), repeat."""
    outer = tunable(6, 3, 8)
    inner = tunable(30, 12, 45, log=True)
    penalty = tunable(40.0, 10.0, 200.0, log=True)
    growth = tunable(1.5, 1.0, 2.5)
    n = len(centers)
    box = np.array([width, 2.0 - width])
    i, j = np.triu_indices(n, 1)
    pair_force = np.zeros(len(i))
    low_force, high_force = np.zeros((n, 2)), np.zeros((n, 2))

    def lagrangian(v: np.ndarray) -> tuple[float, np.ndarray]:
        c, r = v[: 2 * n].reshape(n, 2), v[2 * n :]
        delta = c[i] - c[j]
        d = np.sqrt((delta * delta).sum(axis=1)) + 1e-15
        pair = np.maximum(pair_force + penalty * (r[i] + r[j] - d), 0.0)
        low = np.maximum(low_force + penalty * (r[:, None] - c), 0.0)
        high = np.maximum(high_force + penalty * (c + r[:, None] - box), 0.0)
        value = -r.sum() + ((pair**2).sum() + (low**2).sum() + (high**2).sum()) / (2.0 * penalty)
        force = delta * (pair / d)[:, None]
        gc = high - low
        for axis in (0, 1):
            gc[:, axis] += np.bincount(j, force[:, axis], n) - np.bincount(i, force[:, axis], n)
        gr = -1.0 + np.bincount(i, pair, n) + np.bincount(j, pair, n) + (low + high).sum(axis=1)
        return float(value), np.concatenate([gc.ravel(), gr])

    v = np.concatenate([centers.ravel(), radii])
    for _ in range(outer):
        v = minimize(lagrangian, v, jac=True, method="L-BFGS-B", options={"maxiter": inner, "maxcor": 15}).x
        c, r = v[: 2 * n].reshape(n, 2), v[2 * n :]
        gap = np.hypot(*(c[i] - c[j]).T)
        pair_force = np.maximum(pair_force + penalty * (r[i] + r[j] - gap), 0.0)
        low_force = np.maximum(low_force + penalty * (r[:, None] - c), 0.0)
        high_force = np.maximum(high_force + penalty * (c + r[:, None] - box), 0.0)
        penalty *= growth
    return v[: 2 * n].reshape(n, 2), np.maximum(v[2 * n :], 0.0), width
