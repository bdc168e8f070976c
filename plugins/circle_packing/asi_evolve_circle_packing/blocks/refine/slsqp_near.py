"""Sequential quadratic programming over all centers and radii at once, with near constraints only.

Cognition: kraft-1988-slsqp, powell-1978-sqp, markot-csendes-2005-active
Cost: 0.9
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import FREE_WIDTH, Packing, distances, feasible
from scipy.optimize import minimize


def refine(centers: np.ndarray, radii: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Maximise the sum of radii by SLSQP with exact derivatives; where a neglected pair overlaps, look further."""
    reach = tunable(0.9, 0.4, 2.0, log=True)
    iterations = tunable(60, 20, 120)
    passes = tunable(4, 1, 5)
    best = feasible(centers, radii, width)
    for attempt in range(passes):
        equal = float(np.sqrt(best.width * (2.0 - best.width) / (np.pi * len(centers))))
        try:
            c, r, w = _slsqp_near_solve(best, reach * 2.0**attempt * equal, iterations)
        except ArithmeticError:
            continue
        found = feasible(c, r, w)
        if found.total > best.total:
            best = found
            if float(r.sum()) - found.total < 1e-9:
                break
    return best


def _slsqp_near_solve(start: Packing, cut: float, iterations: int) -> tuple[np.ndarray, np.ndarray, float]:
    """One SLSQP run on the pairs and walls whose gap is below ``cut`` at the start; ArithmeticError if it diverges."""
    c, r, w = start
    n = len(r)
    size = 3 * n + (1 if FREE_WIDTH else 0)
    i, j = np.nonzero(np.triu(distances(c) - r[:, None] - r[None, :] < cut, 1))
    low_k, low_axis = np.nonzero(c - r[:, None] < 2.0 * cut)
    high_k, high_axis = np.nonzero(np.array([w, 2.0 - w]) - c - r[:, None] < 2.0 * cut)
    # No packing has more than sqrt(n / pi) in a box of area 1, by the Cauchy-Schwarz inequality.
    limit = 1.2 * float(np.sqrt(n / np.pi))
    rows = np.arange(len(i))
    low = len(i) + np.arange(len(low_k))
    high = len(i) + len(low_k) + np.arange(len(high_k))

    def constraints(z: np.ndarray) -> np.ndarray:
        q, s = z[: 2 * n].reshape(n, 2), z[2 * n : 3 * n]
        # A circle without enough neighbours among the constraints grows for ever: no use in going on.
        if not s.sum() < limit:
            raise ArithmeticError("diverged")
        d = q[i] - q[j]
        a = z[3 * n] if FREE_WIDTH else w
        side = np.array([a, 2.0 - a])
        pair = np.hypot(d[:, 0], d[:, 1]) - s[i] - s[j]
        return np.concatenate([pair, q[low_k, low_axis] - s[low_k], side[high_axis] - q[high_k, high_axis] - s[high_k]])

    # Everything but the directions of the pairs is constant: filled in once.
    fixed = np.zeros((len(i) + len(low_k) + len(high_k), size))
    fixed[rows, 2 * n + i] = -1.0
    fixed[rows, 2 * n + j] = -1.0
    fixed[low, 2 * low_k + low_axis] = 1.0
    fixed[low, 2 * n + low_k] = -1.0
    fixed[high, 2 * high_k + high_axis] = -1.0
    fixed[high, 2 * n + high_k] = -1.0
    if FREE_WIDTH:
        fixed[high, 3 * n] = np.where(high_axis == 0, 1.0, -1.0)

    def jacobian(z: np.ndarray) -> np.ndarray:
        q = z[: 2 * n].reshape(n, 2)
        d = q[i] - q[j]
        unit = d / np.maximum(np.hypot(d[:, 0], d[:, 1]), 1e-12)[:, None]
        out = fixed.copy()
        for axis in (0, 1):
            out[rows, 2 * i + axis] = unit[:, axis]
            out[rows, 2 * j + axis] = -unit[:, axis]
        return out

    gradient = np.zeros(size)
    gradient[2 * n : 3 * n] = -1.0
    z = minimize(
        lambda z: -float(z[2 * n : 3 * n].sum()),
        np.concatenate([c.ravel(), r, [w]])[:size],
        jac=lambda z: gradient,
        method="SLSQP",
        constraints=[{"type": "ineq", "fun": constraints, "jac": jacobian}],
        options={"maxiter": iterations, "ftol": 1e-12},
    ).x
    width = float(z[3 * n]) if FREE_WIDTH else w
    if not (np.isfinite(z).all() and 0.1 < width < 1.9):
        raise ArithmeticError("diverged")
    return z[: 2 * n].reshape(n, 2), z[2 * n : 3 * n], width
