"""Credit of building blocks: how much higher programs rank that hold a block, other slots held equal.

The model is Bayesian linear regression of a program's rank (0 worst or failed, 1 best, ties share their middle) on
the blocks that it holds, one effect a block, with independent normal priors of mean 0. Draws from its posterior
drive the choice of blocks, which is Thompson sampling: a block that was never tried has a wide posterior and gets
its chance, one that failed repeatedly does not. Sources: W. R. Thompson, "On the likelihood that one unknown
probability exceeds another in view of the evidence of two samples", Biometrika 25 (1933),
doi:10.1093/biomet/25.3-4.285; S. Agrawal, N. Goyal, "Thompson sampling for contextual bandits with linear payoffs",
ICML 2013, arXiv:1209.3352.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asi_evolve.proposers.grammar.frame import Grammar

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Prior standard deviation of a block's effect, and of what the blocks do not explain, in ranks.
PRIOR_SD = 0.15
NOISE_SD = 0.25


@dataclass(frozen=True, slots=True)
class Credit:
    """Effects of blocks in ranks: posterior mean, one draw, and how often each block was held."""

    mean: dict[str, NDArray[np.float64]]
    """Slot -> float64[blocks of the slot]."""
    drawn: dict[str, NDArray[np.float64]]
    held: dict[str, NDArray[np.int64]]
    average: float
    """Mean rank of the programs that the effects were learned from: what an effect is above or below."""


def ranks(fitness: list[float | None], tolerance: float = 0.0) -> NDArray[np.float64]:
    """float64[n] in [0, 1]: rank of each value among all, ties in their middle; failures (None) are 0.

    Sorted values that lie at most ``tolerance`` apart are one tie: digits below it say nothing about blocks.
    """
    values = np.array([-np.inf if value is None else value for value in fitness], dtype=np.float64)
    n = len(values)
    order = np.sort(values)
    with np.errstate(invalid="ignore"):  # Two failures differ by inf - inf, which is not above the tolerance.
        group = np.cumsum(np.diff(order, prepend=order[:1]) > tolerance)
    place = group[np.searchsorted(order, values, "left")] if n else group
    below, upto = np.searchsorted(group, place, "left"), np.searchsorted(group, place, "right")
    rank = (below + upto - 1) / 2.0 / max(n - 1, 1)
    return np.where(np.isfinite(values), rank, 0.0)


def credit(
    grammar: Grammar, rows: list[Any], rng: np.random.Generator, *, learn: bool, tolerance: float = 0.0
) -> Credit:
    """The posterior given the state's ``rows``, and one draw from it. Without ``learn`` all effects are 0."""
    sizes = [len(grammar.book.of(slot.name)) for slot in grammar.slots]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    total = int(starts[-1])
    design = np.zeros((len(rows), total))
    for row, (held, _) in enumerate(rows):
        for start, content in zip(starts, held, strict=False):
            for number in content if isinstance(content, list) else [content]:
                if number >= 0:
                    design[row, start + number] = 1.0
    counts = design.sum(axis=0).astype(np.int64)
    mean, drawn = np.zeros(total), np.zeros(total)
    average = 0.5
    if learn:
        noise = rng.standard_normal(total)
        rank = ranks([fitness for _, fitness in rows], tolerance)
        average = float(rank.mean()) if len(rank) else average
        mean, factor = _posterior(design, rank)
        drawn = mean + factor @ noise
    parts = [slice(starts[i], starts[i + 1]) for i in range(len(sizes))]
    names = [slot.name for slot in grammar.slots]
    return Credit(
        {name: mean[part] for name, part in zip(names, parts, strict=True)},
        {name: drawn[part] for name, part in zip(names, parts, strict=True)},
        {name: counts[part] for name, part in zip(names, parts, strict=True)},
        average,
    )


def _posterior(
    design: NDArray[np.float64], rank: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean float64[d] and a factor F float64[d, d] with covariance F F^T, of effects given ranks."""
    size = design.shape[1]
    precision = np.eye(size) / PRIOR_SD**2 + design.T @ design / NOISE_SD**2
    centred = rank - rank.mean() if len(rank) else rank
    lower = np.linalg.cholesky(precision)
    inverse = np.linalg.solve(lower, np.eye(size)).T
    mean = inverse @ (inverse.T @ (design.T @ centred / NOISE_SD**2))
    return mean, inverse
