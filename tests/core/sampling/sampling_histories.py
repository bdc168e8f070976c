"""Synthetic histories and a small loop around a sampler, shared by the sampler tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from asi_evolve.domain import Backend, Domain, Feature, Objective
from asi_evolve.history import Entry, History
from asi_evolve.sampling import Sampler, Selection, make_sampler

NAMES = ("ucb1", "greedy", "random", "map_elites", "islands", "top_k")


def entry(
    index: int,
    fitness: float | None,
    *,
    parents: tuple[str, ...] = (),
    data: Mapping[str, Any] | None = None,
    features: Mapping[str, float] | None = None,
    origin: str = "grammar",
    round: int | None = None,
) -> Entry:
    valid = fitness is not None
    return Entry(
        index=index,
        experiment_id=f"r.{index}",
        round=index if round is None else round,
        origin=origin,  # type: ignore[arg-type]
        status="ok" if valid else "error",
        valid=valid,
        value=fitness,
        fitness=fitness,
        parents=parents,
        features=features or {},
        sampler_data=data or {},
        parentable=valid and origin != "baseline",
    )


def history_of(fitness: Sequence[float | None], **columns: Sequence[Any]) -> History:
    history = History()
    for i, value in enumerate(fitness):
        history.append(entry(i, value, **{name: column[i] for name, column in columns.items()}))
    return history


def domain(*features: Feature) -> Domain:
    return Domain(
        name="toy",
        title="Toy",
        task_markdown="",
        objective=Objective("value"),
        backends={"numpy": Backend(seeds={"seed": {"candidate.py": "def solve(): return 0\n"}})},
        features=features,
    )


def percentile(history: History, index: int) -> float:
    """Mid-rank of an entry among all that may be parents, in [0, 1]: written apart from the code under test."""
    values = [history.fitness[i] for i in range(len(history)) if history.parentable[i]]
    mine = history.fitness[index]
    below, same = sum(v < mine for v in values), sum(v == mine for v in values)
    return (below + 0.5 * (same - 1)) / max(1, len(values) - 1)


@dataclass
class Trace:
    """What a run of rounds with a sampler left behind."""

    history: History
    state: dict[str, Any]
    selections: list[Selection] = field(default_factory=list)
    percentiles: list[float] = field(default_factory=list)
    """Rank percentile of each parent at the time it was chosen."""


def evolve(
    sampler: Sampler | str,
    rounds: int,
    *,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    in_domain: Domain | None = None,
    trace: Trace | None = None,
    json_every_round: bool = False,
    scale: float = 1.0,
    shift: float = 0.0,
) -> Trace:
    """Rounds in which children's fitness ignores the parent's: what is measured is the sampler's choice alone.

    Fitness and features of experiment i are functions of i, so that two samplers meet the same history.
    """
    if isinstance(sampler, str):
        sampler = make_sampler(sampler, options or {}, in_domain)
    if trace is None:
        history = History()
        history.append(entry(0, shift, origin="seed", features=_features(0, in_domain)))
        trace = Trace(history, sampler.update(sampler.init(), history, 0))
    history, state = trace.history, trace.state
    for i in range(len(history), len(history) + rounds):
        if json_every_round:
            state = json.loads(json.dumps(state))
        selection, state = sampler.select(state, history, np.random.default_rng([seed, i]))
        assert selection.parent is not None
        trace.selections.append(selection)
        trace.percentiles.append(percentile(history, history.index_of(selection.parent)))
        history.visit(selection.parent)
        history.append(
            entry(
                i,
                None if (worth := _fitness(i)) is None else worth * scale + shift,
                parents=(selection.parent,),
                data=dict(selection.data),
                features=_features(i, in_domain),
            )
        )
        state = sampler.update(state, history, i)
    trace.state = state
    return trace


def _fitness(i: int) -> float | None:
    if i % 9 == 8:
        return None  # one in nine fails
    return float(np.random.default_rng([7, i]).normal())


def _features(i: int, in_domain: Domain | None) -> dict[str, float]:
    rng = np.random.default_rng([11, i])
    axes = in_domain.features if in_domain is not None else ()
    return {axis.name: float(rng.uniform(axis.low, axis.high)) for axis in axes}
