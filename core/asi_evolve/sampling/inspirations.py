"""Which other experiments a proposal is shown beside its parent: good ones, and unlike one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from asi_evolve.sampling.ranking import top

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from asi_evolve.domain import Domain, Feature
    from asi_evolve.history import Entry, History

#: How many of the best entries are looked at when no others are named.
POOL = 24


def features_of(domain: Domain | None) -> tuple[Feature, ...]:
    """The domain's behaviour descriptors that a seed reproduces; empty without a domain."""
    return tuple(feature for feature in domain.features if feature.reproducible) if domain is not None else ()


def good_and_different(
    history: History,
    fitness: NDArray[np.float64],
    parent: int,
    count: int,
    features: Sequence[Feature] = (),
    pool: Iterable[int] | NDArray[np.intp] | None = None,
) -> tuple[str, ...]:
    """Choose up to ``count`` inspirations; a deterministic function of its arguments.

    The first is the best of the pool that is not the parent. Each further one is the entry that lies furthest
    from the parent and those already chosen (greedy max-min, Gonzalez 1985, doi:10.1016/0304-3975(85)90224-5);
    equal distances go to the better one.

    Args:
        history: the run's past.
        fitness: float64[n] as :func:`asi_evolve.sampling.ranking.eligible` returns it.
        parent: index of the parent, which is never chosen.
        count: how many at most.
        features: axes of the distance, each scaled to [0, 1] by its range. Without any (or where an entry lacks
            one) a copy (same fitness) is at distance 0, a sibling, parent or child at 0.5, anything else at 1.
        pool: indices to choose from, best first; default the best :data:`POOL` of the run.

    Returns:
        Experiment ids.
    """
    candidates = [int(i) for i in (top(fitness, POOL + 1) if pool is None else pool) if int(i) != parent]
    if count <= 0 or not candidates:
        return ()
    chosen = [candidates[0]]
    rest = candidates[1:]
    entries = {i: history.entry(i) for i in (parent, *candidates)}

    def distance(a: int, b: int) -> float:
        return _distance(entries[a], entries[b], features, same=bool(fitness[a] == fitness[b]))

    nearest = {i: min(distance(i, j) for j in (parent, chosen[0])) for i in rest}
    while rest and len(chosen) < count:
        pick = max(rest, key=lambda i: nearest[i])  # max keeps the first of equals: the better one
        rest.remove(pick)
        chosen.append(pick)
        for i in rest:
            nearest[i] = min(nearest[i], distance(i, pick))
    return tuple(history.id_of(i) for i in chosen)


def _distance(first: Entry, second: Entry, features: Sequence[Feature], *, same: bool) -> float:
    gaps = []
    for feature in features:
        x, y = first.features.get(feature.name), second.features.get(feature.name)
        if x is not None and y is not None and feature.high > feature.low:
            gap = abs(x - y) / (feature.high - feature.low)
            gaps.append(min(gap, 1.0) if gap == gap else 0.0)
    if gaps:
        return float(np.sqrt(np.mean(np.square(gaps))))
    # Without descriptors: other lineages before relatives, and a copy (same fitness) is no news at all.
    if same:
        return 0.0
    ids = {first.experiment_id, *first.parents[:1]} & {second.experiment_id, *second.parents[:1]}
    return 0.5 if ids else 1.0
