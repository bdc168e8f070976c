"""The map is filled, read and covered."""

from __future__ import annotations

from collections import Counter

import numpy as np
from asi_evolve.domain import Feature
from asi_evolve.history import History
from asi_evolve.sampling import make_sampler
from asi_evolve.sampling.map_elites import MapElites, MapElitesOptions
from sampling_histories import domain, entry, evolve

GRID = domain(Feature("width", 0.0, 1.0, 4), Feature("depth", -1.0, 1.0, 3))


def crowded() -> History:
    """One cell with 95 of the 100 best programs, five more cells with one poor program each."""
    history = History()
    for i in range(95):
        history.append(entry(i, 100.0 + i, features={"width": 0.05, "depth": -0.9}))
    for k in range(5):
        history.append(
            entry(95 + k, float(k), features={"width": (0.3, 0.6, 0.8)[k % 3], "depth": (-0.5, 0.5)[k // 3]})
        )
    return history


def filled(history: History) -> tuple[MapElites, dict[str, dict[str, int]]]:
    sampler = MapElites(MapElitesOptions(), GRID.features)
    state = sampler.init()
    for i in range(len(history)):
        state = sampler.update(state, history, i)
    return sampler, state


def test_each_cell_holds_the_best_of_its_members() -> None:
    trace = evolve("map_elites", 200, in_domain=GRID)
    sampler = MapElites(MapElitesOptions(), GRID.features)
    expected: dict[str, int] = {}
    for i in range(len(trace.history)):
        cell = sampler.cell(trace.history.entry(i))
        if not trace.history.parentable[i] or cell is None:
            continue
        if cell not in expected or trace.history.fitness[i] > trace.history.fitness[expected[cell]]:
            expected[cell] = i
    assert trace.state["cells"] == expected
    assert len(expected) == 12  # all cells of the 4 x 3 grid


def test_parents_are_the_elites_uniformly_over_cells() -> None:
    history = crowded()
    sampler, state = filled(history)
    counts = Counter(sampler.select(state, history, np.random.default_rng(s))[0].parent for s in range(1200))
    assert set(counts) == {f"r.{i}" for i in state["cells"].values()}
    assert len(counts) == 6
    chi2 = sum((count - 200.0) ** 2 / 200.0 for count in counts.values())
    assert chi2 < 20.5  # 5 degrees of freedom, p = 0.001


def test_a_sampler_that_ignored_its_map_would_miss_the_rare_cells() -> None:
    # The control: uniform over experiments visits the crowded cell 95 times in 100.
    history = crowded()
    uniform = make_sampler("random", {}, GRID)
    parents = [uniform.select({}, history, np.random.default_rng(s))[0].parent for s in range(1200)]
    crowded_share = np.mean([history.index_of(p or "") < 95 for p in parents])
    assert crowded_share > 0.9
    sampler, state = filled(history)
    mapped = [sampler.select(state, history, np.random.default_rng(s))[0].parent for s in range(1200)]
    assert np.mean([history.index_of(p or "") < 95 for p in mapped]) < 0.25


def test_all_cells_are_visited_and_uniform_over_experiments_visits_fewer_elites() -> None:
    trace = evolve("map_elites", 300, in_domain=GRID)
    visited = {s.data["cell"] for s in trace.selections[150:]}
    assert len(visited) == 12
    sampler, _ = filled(trace.history)
    for selection in trace.selections:
        parent = trace.history.entry(trace.history.index_of(selection.parent or ""))
        assert selection.data["cell"] == sampler.cell(parent)


def test_inspirations_come_from_other_cells() -> None:
    trace = evolve("map_elites", 200, in_domain=GRID)
    sampler = MapElites(MapElitesOptions(), GRID.features)
    for selection in trace.selections[100:]:
        ids = [selection.parent or "", *selection.inspirations]
        cells = [sampler.cell(trace.history.entry(trace.history.index_of(i))) for i in ids]
        assert len(set(cells)) == len(cells)


def test_edges_of_an_axis_and_missing_features() -> None:
    sampler = MapElites(MapElitesOptions(axes=("width",)), GRID.features)

    def cell(value: float) -> str | None:
        return sampler.cell(entry(0, 1.0, features={"width": value}))

    assert [cell(v) for v in (-5.0, 0.0, 0.24, 0.25, 0.99, 1.0, 7.0)] == ["0", "0", "0", "1", "3", "3", "3"]
    assert cell(float("nan")) is None
    assert [cell(float("-inf")), cell(float("inf"))] == ["0", "3"]
    assert sampler.cell(entry(0, 1.0)) is None


def test_the_earlier_of_equal_elites_stays() -> None:
    history = History()
    sampler, state = MapElites(MapElitesOptions(), GRID.features), {"cells": {}}
    for i in range(2):
        history.append(entry(i, 1.0, features={"width": 0.5, "depth": 0.0}))
        state = sampler.update(state, history, i)
    assert list(state["cells"].values()) == [0]


def test_without_scored_features_it_falls_back_to_all_that_may_be_a_parent() -> None:
    trace = evolve("map_elites", 30, in_domain=None)
    history = trace.history  # its entries have no features, the domain below declares two
    sampler, state = filled(history)
    assert state["cells"] == {}
    parents = {sampler.select(state, history, np.random.default_rng(s))[0].parent for s in range(300)}
    assert len(parents) == int(history.parentable.sum())


def test_default_axis_is_the_length_of_the_lineage() -> None:
    trace = evolve("map_elites", 200)
    depth = {"r.0": 0}
    for i in range(1, len(trace.history)):
        parent = trace.history.entry(i).parents[0]
        depth[f"r.{i}"] = depth[parent] + 1
        assert trace.history.entry(i).sampler_data["depth"] == depth[f"r.{i}"]
    cells = {str(d.bit_length()) for i, d in depth.items() if trace.history.parentable[int(i[2:])]}
    assert set(trace.state["cells"]) == cells
    assert len(cells) >= 3
