"""Sequential quadratic programming over all centers and radii at once, with near constraints only.

Cognition: kraft-1988-slsqp, powell-1978-sqp, markot-csendes-2005-active-pairs
Cost: 3
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from scipy.optimize import minimize

from asi_evolve_circle_packing.seed import FREE_WIDTH, distances, feasible


def refine(centers: np.ndarray, radii: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Maximise the sum of radii by SLSQP with exact derivatives; where a neglected pair overlaps, look further."""
    reach = tunable(0.9, 0.4, 2.0, log=True)
    iterations = tunable(60, 20, 120)
    passes = tunable(3, 1, 4)
    n = len(centers)
    size = 3 * n + (1 if FREE_WIDTH else 0)
    best = feasible(centers, radii, width)
    for attempt in range(passes):
        c, r, w = best
        cut = reach * 2.0**attempt * float(np.sqrt(w * (2.0 - w) / (np.pi * n)))
        pairs = np.argwhere(np.triu(distances(c) - r[:, None] - r[None, :] < cut, 1))
        i, j = pairs[:, 0], pairs[:, 1]
        box = np.array([w, 2.0 - w])
        low_k, low_axis = np.nonzero(c - r[:, None] < cut)
        high_k, high_axis = np.nonzero(box - c - r[:, None] < cut)
        p, lows, highs = len(pairs), len(low_k), len(high_k)
        rows = np.arange(p)

        def constraints(z: np.ndarray) -> np.ndarray:
            q, s = z[: 2 * n].reshape(n, 2), z[2 * n : 3 * n]
            a = z[3 * n] if FREE_WIDTH else w
            d = q[i] - q[j]
            side = np.array([a, 2.0 - a])
            return np.concatenate(
                [
                    np.hypot(d[:, 0], d[:, 1]) - s[i] - s[j],
                    q[low_k, low_axis] - s[low_k],
                    side[high_axis] - q[high_k, high_axis] - s[high_k],
                ]
            )

        def jacobian(z: np.ndarray) -> np.ndarray:
            q = z[: 2 * n].reshape(n, 2)
            d = q[i] - q[j]
            unit = d / np.maximum(np.hypot(d[:, 0], d[:, 1]), 1e-12)[:, None]
            out = np.zeros((p + lows + highs, size))
            for axis in (0, 1):
                out[rows, 2 * i + axis] = unit[:, axis]
                out[rows, 2 * j + axis] = -unit[:, axis]
            out[rows, 2 * n + i] = -1.0
            out[rows, 2 * n + j] = -1.0
            low, high = p + np.arange(lows), p + lows + np.arange(highs)
            out[low, 2 * low_k + low_axis] = 1.0
            out[low, 2 * n + low_k] = -1.0
            out[high, 2 * high_k + high_axis] = -1.0
            out[high, 2 * n + high_k] = -1.0
            if FREE_WIDTH:
                out[high, 3 * n] = np.where(high_axis == 0, 1.0, -1.0)
            return out

        gradient = np.zeros(size)
        gradient[2 * n : 3 * n] = -1.0
        v = np.concatenate([c.ravel(), r, [w]])
        result = minimize(
            lambda z: -float(z[2 * n : 3 * n].sum()),
            v[:size],
            jac=lambda z: gradient,
            method="SLSQP",
            constraints=[{"type": "ineq", "fun": constraints, "jac": jacobian}],
            options={"maxiter": iterations, "ftol": 1e-12},
        )
        v[:size] = result.x
        if not np.isfinite(v).all() or not 0.1 < v[3 * n] < 1.9:
            continue
        found = feasible(v[: 2 * n].reshape(n, 2), v[2 * n : 3 * n], float(v[3 * n]))
        lost = float(v[2 * n : 3 * n].sum()) - found.total
        if found.total > best.total:
            best = found
            if lost < 1e-9:
                break
    return best
