"""A sequence of linear programs with a trust region; every step is feasible because distances are convex.

Cognition: griffith-stewart-1961-slp, castillo-2008-packing, huangfu-hall-2018-highs
Cost: 2.2
"""

from __future__ import annotations

import numpy as np
from asi_evolve import tunable
from asi_evolve_circle_packing.seed import FREE_WIDTH, distances, feasible
from scipy.optimize import linprog
from scipy.sparse import csr_array


def refine(centers: np.ndarray, radii: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Linearise all near pairs around the current centers, solve for centers and radii at once, repeat.

    The distance is at least its projection on the old direction, so a solution of the linear program never overlaps.
    """
    iterations = tunable(7, 2, 12)
    trust = tunable(0.5, 0.1, 1.0)
    shrink = tunable(0.7, 0.4, 1.0)
    best = feasible(centers, radii, width)
    n = len(centers)
    size = 3 * n + (1 if FREE_WIDTH else 0)
    cost = np.zeros(size)
    cost[2 * n : 3 * n] = -1.0
    step = trust * float(np.sqrt(width * (2.0 - width) / (np.pi * n)))
    for _ in range(iterations):
        c, r, w = best
        d = distances(c)
        i, j = np.nonzero(np.triu(d - r[:, None] - r[None, :] < 4.0 * step, 1))
        unit = (c[i] - c[j]) / np.maximum(d[i, j], 1e-9)[:, None]
        p, k = len(i), np.arange(n)
        rows, columns, values, right = [], [], [], []
        for axis in (0, 1):
            rows += [np.arange(p), np.arange(p)]
            columns += [2 * i + axis, 2 * j + axis]
            values += [-unit[:, axis], unit[:, axis]]
        rows += [np.arange(p), np.arange(p)]
        columns += [2 * n + i, 2 * n + j]
        values += [np.ones(p), np.ones(p)]
        right.append(np.zeros(p))
        row = p
        side = (w, 2.0 - w)
        for axis in (0, 1):
            for sign in (-1.0, 1.0):
                # sign -1 is the wall at 0, sign +1 the wall opposite, which moves with the width where that is free.
                rows += [row + k, row + k]
                columns += [2 * k + axis, 2 * n + k]
                values += [np.full(n, sign), np.ones(n)]
                if FREE_WIDTH and sign > 0:
                    rows.append(row + k)
                    columns.append(np.full(n, 3 * n))
                    values.append(np.full(n, -1.0 if axis == 0 else 1.0))
                    right.append(np.full(n, 0.0 if axis == 0 else 2.0))
                else:
                    right.append(np.full(n, side[axis] if sign > 0 else 0.0))
                row += n
        matrix = csr_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(row, size))
        low, high = np.full(size, -np.inf), np.full(size, np.inf)
        low[: 2 * n], high[: 2 * n] = c.ravel() - step, c.ravel() + step
        low[2 * n : 3 * n] = 1e-6
        if FREE_WIDTH:
            low[3 * n], high[3 * n] = max(0.1, w - step), min(1.9, w + step)
        result = linprog(
            cost, A_ub=matrix, b_ub=np.concatenate(right), bounds=np.column_stack([low, high]), method="highs-ds"
        )
        if result.x is None:
            step *= 0.5
            continue
        v = result.x
        found = feasible(v[: 2 * n].reshape(n, 2), v[2 * n : 3 * n], float(v[3 * n]) if FREE_WIDTH else w)
        gain = found.total - best.total
        if gain > 0.0:
            best = found
        if gain < 1e-12:
            break
        step *= shrink
    return best
