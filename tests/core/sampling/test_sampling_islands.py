"""Children stay on their parent's island; islands differ; the best travel round the ring."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from asi_evolve.history import History
from asi_evolve.sampling import make_sampler
from sampling_histories import Trace, entry, evolve


def homes(trace: Trace) -> dict[str, Any]:
    return {f"r.{i}": trace.history.entry(i).sampler_data.get("island") for i in range(len(trace.history))}


def share_on_parents_island(trace: Trace, island_of: dict[str, Any]) -> float:
    pairs = [(island_of[f"r.{i}"], island_of[trace.history.entry(i).parents[0]]) for i in range(1, len(trace.history))]
    known = [(child, parent) for child, parent in pairs if parent is not None]  # seeds live on every island
    return float(np.mean([child == parent for child, parent in known]))


def test_every_child_is_on_its_parents_island() -> None:
    trace = evolve("islands", 300, options={"migrants": 0})
    assert share_on_parents_island(trace, homes(trace)) == 1.0


def test_the_share_would_be_a_quarter_if_parents_were_drawn_from_anywhere() -> None:
    trace = evolve("random", 300)
    dealt = {f"r.{i}": (i - 1) % 4 if i else None for i in range(301)}
    assert share_on_parents_island(trace, dealt) < 0.4


def test_islands_take_turns() -> None:
    trace = evolve("islands", 100)
    counts = Counter(s.data["island"] for s in trace.selections)
    assert counts == {0: 25, 1: 25, 2: 25, 3: 25}


def test_members_are_the_best_of_their_island_best_first() -> None:
    trace = evolve("islands", 200, options={"migrants": 0, "capacity": 10})
    for number, members in enumerate(trace.state["islands"]):
        mine = [
            i
            for i in range(len(trace.history))
            if trace.history.parentable[i] and trace.history.entry(i).sampler_data.get("island", number) == number
        ]
        mine.sort(key=lambda i: (-trace.history.fitness[i], i))
        assert members == mine[:10]


def test_migration_happens_on_schedule_and_moves_the_best_round_the_ring() -> None:
    sampler = make_sampler("islands", {"islands": 3, "migrate_every": 6}, None)
    history, state = History(), sampler.init()
    for i in range(7):  # the seed, then six rounds: two for each island
        home = {} if i == 0 else {"island": (i - 1) % 3}
        history.append(entry(i, float(i), data=home, origin="seed" if i == 0 else "grammar"))
        before = state
        state = sampler.update(state, history, i)
        assert state["migrations"] == (1 if i == 6 else 0)
    assert before["islands"][0] == [4, 1, 0]
    # Best of island 0 is 4, of 1 is 5, of 2 (just settled) is 6: each is copied to the next.
    assert state["islands"] == [[6, 4, 1, 0], [5, 4, 2, 0], [6, 5, 3, 0]]


def test_a_migrants_child_is_born_where_the_migrant_lives() -> None:
    trace = evolve("islands", 200, options={"migrate_every": 5, "islands": 3})
    assert trace.state["migrations"] == 40
    home = homes(trace)
    foreign = [
        i for i in range(1, len(trace.history)) if home[trace.history.entry(i).parents[0]] not in (None, home[f"r.{i}"])
    ]
    assert foreign  # some parents are migrants
    control = evolve("islands", 200, options={"migrate_every": 5, "islands": 3, "migrants": 0})
    assert share_on_parents_island(control, homes(control)) == 1.0


def test_tournament_size_sets_the_pressure() -> None:
    means = [
        np.mean(evolve("islands", 300, options={"tournament": size, "islands": 1, "capacity": 200}).percentiles[50:])
        for size in (1, 2, 8)
    ]
    assert means[0] == pytest.approx(0.5, abs=0.06)  # uniform over the island
    assert means[1] == pytest.approx(2 / 3, abs=0.06)  # expected maximum of two uniform draws
    assert means[2] == pytest.approx(8 / 9, abs=0.05)


def test_an_empty_island_passes_its_turn_until_a_migrant_arrives() -> None:
    sampler = make_sampler("islands", {"islands": 2, "migrate_every": 3}, None)
    history, state = History(), sampler.init()
    history.append(entry(0, None, origin="seed"))  # the seed failed, so nothing lives anywhere
    state = sampler.update(state, history, 0)
    islands = []
    for i in range(1, 6):
        selection, state = sampler.select(state, history, np.random.default_rng(i))
        islands.append(selection.data["island"])
        assert (selection.parent is None) == (i == 1)
        parents = (selection.parent,) if selection.parent else ()
        history.append(entry(i, float(i), parents=parents, data=dict(selection.data)))
        state = sampler.update(state, history, i)
    assert islands == [0, 0, 0, 1, 0]


def test_seeds_live_on_every_island_and_do_not_count_as_rounds() -> None:
    sampler = make_sampler("islands", {"migrate_every": 1}, None)
    history, state = History(), sampler.init()
    for i in range(3):
        history.append(entry(i, float(i), origin="seed", round=0))
        state = sampler.update(state, history, i)
    assert state["islands"] == [[2, 1, 0]] * 4
    assert (state["done"], state["migrations"]) == (0, 0)
