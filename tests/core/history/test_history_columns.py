"""The history keeps columns, and gives back exactly the entries that it was given."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from asi_evolve.history import Entry, History
from asi_evolve.history.ids import Ids


def entry(index: int, experiment_id: str, round_: int, **fields: Any) -> Entry:
    known: dict[str, Any] = {
        "origin": "grammar",
        "status": "ok",
        "valid": True,
        "value": float(index),
        "fitness": float(index),
        "parents": (),
        "features": {},
        "sampler_data": {},
        "parentable": True,
        "stage": "explore",
    }
    return Entry(index=index, experiment_id=experiment_id, round=round_, **(known | fields))


def various() -> list[Entry]:
    return [
        entry(0, "abc123.b0", 0, origin="baseline", parentable=False),
        entry(1, "abc123.s0", 0, origin="seed", features={"width": 1.5, "depth": math.inf}),
        entry(2, "abc123.1", 1, parents=("abc123.s0",), sampler_data={"parent": "abc123.s0", "island": 2}),
        entry(3, "abc123.7", 7, parents=("abc123.1", "abc123.s0"), sampler_data={"parent": "abc123.1", "cell": "3,0"}),
        entry(4, "abc123.2", 2, status="error", valid=False, value=None, fitness=None, parentable=False, stage=""),
        entry(5, "abc123.3", 3, parents=("abc123.1", "abc123.7", "abc123.s0"), features={"depth": 0.0}),
        entry(6, "abc123.4", 4, parents=("elsewhere.9",), sampler_data={"parent": "elsewhere.9"}),
        entry(7, "abc123.2000000000", 2_000_000_000, value=-1.0, fitness=8.25, sampler_data={"parent": None}),
        entry(8, "abc123.05", 5, sampler_data={"list": [1, {"a": 2.5}], "island": 2}),
        entry(9, "other.6", 6, features={"width": 0.0, "depth": 0.0}, stage="verify"),
    ]


def test_every_entry_comes_back_as_it_was() -> None:
    history = History()
    for item in various():
        history.append(item)
    assert list(history) == various()
    assert history.tail(3) == tuple(various()[-3:])
    assert history.tail(99) == tuple(various())
    assert history.tail(0) == ()
    for item in various():
        assert history.index_of(item.experiment_id) == item.index
        assert item.experiment_id in history
        assert history.id_of(item.index) == item.experiment_id
    assert history.entry(-1) == various()[-1]
    assert history.rounds.tolist() == [item.round for item in various()]
    assert history.valid.tolist() == [item.valid for item in various()]


def test_a_value_that_is_not_a_number_is_not_the_same_as_none() -> None:
    history = History()
    history.append(entry(0, "r.1", 1, value=math.nan, fitness=None))
    back = history.entry(0)
    assert back.value is not None
    assert math.isnan(back.value)
    assert back.fitness is None


def test_a_scorer_that_gives_no_numbers_as_features_costs_nothing_else() -> None:
    history = History()
    history.append(entry(0, "r.1", 1, features={"width": None}))
    history.append(entry(1, "r.2", 2, features={"width": 2.0}))
    assert [dict(item.features) for item in history] == [{"width": None}, {"width": 2.0}]


@pytest.mark.parametrize(
    "wrong", ["abc123.8", "abc123.01", "abc123.", "abc123", "xyz.1", "", "abc123.1.l0", "abc123.²", None]
)
def test_ids_that_are_not_there(wrong: Any) -> None:
    history = History()
    for item in various():
        history.append(item)
    assert wrong not in history
    if isinstance(wrong, str):
        with pytest.raises(KeyError):
            history.index_of(wrong)
    with pytest.raises(IndexError):
        history.entry(10)
    with pytest.raises(ValueError, match="expected 10"):
        history.append(entry(3, "abc123.9", 9))


def test_ids_in_the_order_in_which_many_workers_end() -> None:
    ids, order = Ids(), np.random.default_rng(0).permutation(5000) + 1
    for index, number in enumerate(order):
        ids.add(index, f"abc123.{number}", int(number))
    assert [ids.find(f"abc123.{number}") for number in order] == list(range(5000))
    assert [ids.id(index) for index in range(5000)] == [f"abc123.{number}" for number in order]


def test_an_entry_takes_a_hundred_bytes_or_so() -> None:
    # As objects it was 800 to 1,000 bytes: over a gigabyte for a million.
    history, n = History(), 30_000
    tracemalloc.start()
    for i in range(n):
        history.append(
            entry(
                i,
                f"abc123.{i + 1}",
                i + 1,
                parents=(f"abc123.{i}",) if i else (),
                features={"width": i / n, "depth": 0.5},
                sampler_data={"parent": f"abc123.{i}", "island": i % 4},
            )
        )
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used / n < 200
