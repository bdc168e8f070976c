"""Pack n circles into a box of perimeter 4 so that the sum of their radii is large.

The box is ``[0, width] x [0, 2 - width]``: the unit square has width 1. The six functions from
``initial_layout`` to ``schedule`` are slots, each of which can be exchanged on its own; everything
above them is the frame that they share. This first program is weak on purpose: one grid, no optimisation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

#: True where the width of the box is free (the rectangle problems); then ``refine`` may change it.
FREE_WIDTH = False


class Packing(NamedTuple):
    """Circles in a box: centers float64[n, 2], radii float64[n] without overlap, width of the box."""

    centers: np.ndarray
    radii: np.ndarray
    width: float

    @property
    def total(self) -> float:
        """Sum of the radii: what is maximised."""
        return float(self.radii.sum())


class Progress:
    """The best packing seen so far in this call of ``pack``; each new best is emitted."""

    best: Packing | None = None
    emit: Callable[..., Any] | None = None


def report(packing: Packing) -> Packing:
    """Remember (and emit) ``packing`` if it is the best so far; returns it."""
    if Progress.best is None or packing.total > Progress.best.total:
        Progress.best = packing
        if Progress.emit is not None:
            Progress.emit(*(packing if FREE_WIDTH else packing[:2]))
    return packing


def wall_room(centers: np.ndarray, width: float) -> np.ndarray:
    """Distance of each center to the nearest wall, float64[..., n]; negative outside the box."""
    box = np.array([width, 2.0 - width])
    return np.asarray(np.minimum(centers, box - centers).min(axis=-1))


def distances(centers: np.ndarray) -> np.ndarray:
    """Pairwise distances float64[n, n], infinite on the diagonal."""
    x, y = centers[:, 0], centers[:, 1]
    d = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    np.fill_diagonal(d, np.inf)
    return d


def clip(centers: np.ndarray, width: float) -> np.ndarray:
    """Centers moved just inside the box."""
    return np.clip(centers, 1e-3, np.array([width, 2.0 - width]) - 1e-3)


def feasible(centers: np.ndarray, radii: np.ndarray, width: float) -> Packing:
    """The packing with radii shrunk, each as little as one pass can tell, until no circle overlaps."""
    centers = clip(np.asarray(centers, dtype=np.float64), width)
    r = np.clip(np.nan_to_num(radii), 1e-9, wall_room(centers, width))
    factor = np.minimum(1.0, distances(centers) / (r[:, None] + r[None, :]))
    return Packing(centers, r * factor.min(axis=1), float(width))


def settle(centers: np.ndarray, radii: np.ndarray, width: float) -> Packing:
    """A feasible packing with these centers; radii are assigned anew where the given ones overlap."""
    if not np.isfinite(centers).all():
        centers = np.nan_to_num(centers, nan=0.5, posinf=1.0, neginf=0.0)
    packing = feasible(centers, radii, width)
    if float(np.sum(radii)) - packing.total > 1e-8:
        again = feasible(packing.centers, assign_radii(packing.centers, width), width)
        if again.total > packing.total:
            packing = again
    return report(packing)


def improve(
    layouts: np.ndarray, width: float, rng: np.random.Generator, radii: np.ndarray | None = None, keep: int = 0
) -> list[Packing]:
    """Relax a batch of layouts together, then refine each; the packings found, best first.

    layouts float64[b, n, 2]; radii float64[b, n] where some are known already; ``keep > 0`` refines only the
    ``keep`` layouts with the largest sum of radii after relaxation.
    """
    layouts = clip(layouts, width)
    if radii is None:
        radii = np.stack([assign_radii(layout, width) for layout in layouts])
    layouts, radii = relax(layouts, radii, width, rng)
    order = list(range(len(layouts)))
    if 0 < keep < len(layouts):
        sums = [feasible(c, r, width).total for c, r in zip(layouts, radii, strict=True)]
        order = sorted(order, key=lambda k: -sums[k])[:keep]
    found = [settle(*refine(layouts[k], radii[k], width)) for k in order]
    return sorted(found, key=lambda packing: -packing.total)


def find_holes(
    centers: np.ndarray, radii: np.ndarray, width: float, rng: np.random.Generator, probes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Random points float64[probes, 2] and the radius float64[probes] that fits at each, largest first."""
    points = rng.uniform(0.0, 1.0, (probes, 2)) * np.array([width, 2.0 - width])
    delta = points[:, None, :] - centers[None, :, :]
    room = (np.hypot(delta[..., 0], delta[..., 1]) - radii).min(axis=1, initial=np.inf)
    room = np.minimum(room, wall_room(points, width))
    order = np.argsort(-room, kind="stable")
    return points[order], room[order]


def draw_width(rng: np.random.Generator) -> float:
    """Width to start from: 1 for the square, random where it is free."""
    return float(rng.uniform(0.6, 1.0)) if FREE_WIDTH else 1.0


def pack(n: int, budget: Any, rng: np.random.Generator, emit: Callable[..., Any] | None = None) -> tuple[Any, ...]:
    """Pack ``n`` circles; the best packing seen, as (centers, radii), and the width where it is free.

    ``effort`` scales all counts: 1 for 10 CPU seconds and up to 25 circles, less for more circles. No clock is read.
    """
    Progress.best, Progress.emit = None, emit
    effort = float(budget.cpu_s) / 10.0 * min(1.0, (25.0 / n) ** 2)
    last = schedule(n, effort, rng)
    best = Progress.best if Progress.best is not None else last
    return (best.centers, best.radii, best.width) if FREE_WIDTH else (best.centers, best.radii)


def initial_layout(n: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """The first n cells of a square grid, row by row."""
    side = int(np.ceil(np.sqrt(n)))
    rows, columns = np.divmod(np.arange(n), side)
    return np.column_stack([(columns + 0.5) / side * width, (rows + 0.5) / side * (2.0 - width)])


def assign_radii(centers: np.ndarray, width: float) -> np.ndarray:
    """One circle after the other, each as large as the walls and the circles before it allow."""
    room = wall_room(centers, width)
    d = distances(centers)
    radii = np.zeros(len(centers))
    nearest = d.min(axis=1) / 2.0
    for i in range(len(centers)):
        radii[i] = max(0.0, min(room[i], nearest[i], float((d[i, :i] - radii[:i]).min(initial=np.inf))))
    return radii


def relax(
    layouts: np.ndarray, radii: np.ndarray, width: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Leave all layouts as they are."""
    return layouts, radii


def refine(centers: np.ndarray, radii: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Leave the packing as it is."""
    return centers, radii, width


def search(start: Packing, hops: int, rng: np.random.Generator) -> Packing:
    """Look no further than the start."""
    return start


def schedule(n: int, effort: float, rng: np.random.Generator) -> Packing:
    """One start, one search."""
    width = draw_width(rng)
    start = improve(initial_layout(n, width, rng)[None], width, rng)[0]
    return search(start, 10, rng)
