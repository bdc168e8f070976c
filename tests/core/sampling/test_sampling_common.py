"""What holds for every sampler: purity, resumability, edge cases, options, speed."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest
from asi_evolve.domain import Feature
from asi_evolve.errors import ConfigError
from asi_evolve.history import History
from asi_evolve.sampling import BUILTIN, Selection, make_sampler
from asi_evolve.sampling.map_elites import MapElites, MapElitesOptions
from asi_evolve.sampling.ranking import top
from sampling_histories import NAMES, domain, entry, evolve, history_of

TOY = domain(Feature("width", 0.0, 1.0, 4), Feature("depth", -1.0, 1.0, 3))


def test_the_built_in_names() -> None:
    assert tuple(BUILTIN) == NAMES
    for name in NAMES:
        assert make_sampler(name, {}, None).name == name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("in_domain", [None, TOY], ids=["no features", "features"])
def test_a_resumed_run_selects_as_an_uninterrupted_one(name: str, in_domain: Any) -> None:
    whole = evolve(name, 80, in_domain=in_domain, options={"epsilon": 0.3} if name == "greedy" else None)
    again = make_sampler(name, {"epsilon": 0.3} if name == "greedy" else {}, in_domain)
    half = evolve(again, 40, in_domain=in_domain)
    half.state = json.loads(json.dumps(half.state))  # what the store does
    rest = evolve(
        make_sampler(name, {"epsilon": 0.3} if name == "greedy" else {}, in_domain),
        40,
        in_domain=in_domain,
        trace=half,
        json_every_round=True,
    )
    assert rest.selections == whole.selections
    assert rest.state == whole.state
    assert rest.history.state_digest() == whole.history.state_digest()


@pytest.mark.parametrize("name", ["random", "greedy", "map_elites", "islands", "top_k"])
def test_another_seed_gives_other_selections(name: str) -> None:
    options = {"epsilon": 0.3} if name == "greedy" else None
    one, two = (evolve(name, 60, seed=seed, in_domain=TOY, options=options) for seed in (1, 2))
    assert [s.parent for s in one.selections] != [s.parent for s in two.selections]


@pytest.mark.parametrize("name", NAMES)
def test_select_and_update_change_nothing_they_were_given(name: str) -> None:
    trace = evolve(name, 60, in_domain=TOY)
    sampler = make_sampler(name, {}, TOY)
    before, digest = copy.deepcopy(trace.state), trace.history.state_digest()
    sampler.select(trace.state, trace.history, np.random.default_rng(0))
    for index in range(len(trace.history)):
        sampler.update(trace.state, trace.history, index)
    assert trace.state == before
    assert trace.history.state_digest() == digest


@pytest.mark.parametrize("name", NAMES)
def test_inspirations_are_two_or_three_others_that_exist(name: str) -> None:
    trace = evolve(name, 80, in_domain=TOY)
    for selection in trace.selections[40:]:
        assert 2 <= len(selection.inspirations) <= 3
        assert selection.parent not in selection.inspirations
        assert len(set(selection.inspirations)) == len(selection.inspirations)
        assert all(trace.history.parentable[trace.history.index_of(i)] for i in selection.inspirations)


@pytest.mark.parametrize("name", NAMES)
def test_no_inspirations_when_none_are_wanted(name: str) -> None:
    history = history_of([0.0, 1.0, 2.0])
    sampler = make_sampler(name, {"inspirations": 0}, None)
    state = sampler.init()
    for i in range(3):
        state = sampler.update(state, history, i)
    assert sampler.select(state, history, np.random.default_rng(0))[0].inspirations == ()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_parentable_gives_no_parent(name: str) -> None:
    sampler = make_sampler(name, {}, TOY)
    for history in (History(), history_of([None, None]), history_of([3.0], origin=["baseline"])):
        state = sampler.init()
        for i in range(len(history)):
            state = sampler.update(state, history, i)
        selection, _ = sampler.select(state, history, np.random.default_rng(0))
        assert selection.parent is None
        assert selection.inspirations == ()


@pytest.mark.parametrize("name", NAMES)
def test_infinite_and_nan_fitness_do_not_win(name: str) -> None:
    sampler = make_sampler(name, {}, None)
    history, state = History(), sampler.init()
    for i, value in enumerate([0.0, float("inf"), float("nan"), 1.0, float("-inf")]):
        history.append(entry(i, value))
        state = sampler.update(state, history, i)
    for seed in range(20):
        selection, _ = sampler.select(state, history, np.random.default_rng(seed))
        assert selection.parent in {"r.0", "r.3"}
        assert not set(selection.inspirations) & {"r.1", "r.2", "r.4"}


def test_inspirations_spread_over_behaviour() -> None:
    # Nine near-copies of the best and one good program far away: it must be among the three.
    features = [{"width": 0.1 + 0.001 * i, "depth": 0.0} for i in range(9)] + [{"width": 0.9, "depth": 0.9}]
    history = history_of([float(9 - i) for i in range(9)] + [0.5], features=features)
    selection, _ = make_sampler("greedy", {}, TOY).select({}, history, np.random.default_rng(0))
    assert selection.parent == "r.0"
    assert selection.inspirations[0] == "r.1"  # the best other comes first
    assert "r.9" in selection.inspirations
    without = make_sampler("greedy", {}, None).select({}, history, np.random.default_rng(0))[0]
    assert "r.9" not in without.inspirations


@pytest.mark.parametrize("name", NAMES)
def test_what_a_clock_measured_changes_no_selection(name: str) -> None:
    def timed(reproducible: bool, factor: float) -> list[Selection]:
        axes = domain(Feature("width", 0.0, 1.0, 4), Feature("seconds", 0.0, 1.0, 4, reproducible=reproducible))
        sampler = make_sampler(name, {}, axes)
        history, state, selections = History(), sampler.init(), []
        for i in range(60):
            features = {"width": (i * 7 % 60) / 60, "seconds": (i * factor) % 1.0}
            history.append(entry(i, float(i * 13 % 60), features=features))
            state = sampler.update(state, history, i)
            selection, state = sampler.select(state, history, np.random.default_rng(i))
            history.visit(selection.parent or "")
            selections.append(selection)
        return selections

    assert timed(False, 0.31) == timed(False, 0.77)
    if name not in {"random", "top_k"}:  # these two look at no feature
        assert timed(True, 0.31) != timed(True, 0.77)


def test_an_axis_may_name_what_a_clock_measures() -> None:
    axes = domain(Feature("width", 0.0, 1.0, 4), Feature("seconds", 0.0, 1.0, 4, reproducible=False))
    here = entry(0, 1.0, features={"width": 0.1, "seconds": 0.9})
    assert MapElites(MapElitesOptions(), axes.features).cell(here) == "0"
    assert MapElites(MapElitesOptions(axes=("seconds",)), axes.features).cell(here) == "3"


def test_inspirations_skip_copies_and_prefer_other_lineages() -> None:
    history = history_of(
        [5.0, 5.0, 4.0, 3.9, 3.8],
        parents=[(), (), ("r.0",), ("r.0",), ("r.9",)],
    )
    selection, _ = make_sampler("greedy", {"inspirations": 2}, None).select({}, history, np.random.default_rng(0))
    assert selection == Selection("r.0", ("r.1", "r.4"))


def test_top_is_the_stable_sort() -> None:
    rng = np.random.default_rng(0)
    for n in (0, 1, 5, 255, 256, 257, 5000):
        for count in (0, 1, 7, 50):
            values = np.where(rng.random(n) < 0.3, -np.inf, rng.integers(0, 40, size=n).astype(float))
            order = np.argsort(-values, kind="stable")
            expected = order[values[order] > -np.inf][:count]
            assert top(values, count).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("ucb2", {}, "did you mean 'ucb1'"),
        ("ucb1", {"cc": 1}, "unknown key 'cc' for sampler 'ucb1' (did you mean 'c'?)"),
        ("ucb1", {"epsilon": 1}, "it takes: c, inspirations"),
        ("ucb1", {"c": -1}, "give a number from 0 to 100"),
        ("ucb1", {"c": "big"}, "give a number"),
        ("ucb1", {"c": float("nan")}, "give a number from 0 to 100"),
        ("greedy", {"epsilon": 1.5}, "from 0 to 1"),
        ("islands", {"islands": 0}, "from 1 to 64"),
        ("islands", {"islands": 2.5}, "whole number"),
        ("islands", {"islands": True}, "give a number"),
        ("islands", {"islands": float("inf")}, "whole number"),
        ("top_k", {"roots": 3}, "did you mean 'root'?"),
        ("map_elites", {"axes": "width"}, "list of names"),
        ("map_elites", {"axes": ["widht"]}, "did you mean 'width'?"),
    ],
)
def test_bad_options_name_the_key_and_the_mend(name: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_sampler(name, options, TOY)
    text = str(caught.value)
    assert text.startswith("[sampler]")
    assert says in text
    assert "\n" not in text


def test_a_whole_float_is_a_whole_number() -> None:
    assert len(make_sampler("islands", {"islands": 3.0}, None).init()["islands"]) == 3


def test_a_grid_that_is_too_large_is_refused_and_axes_mend_it() -> None:
    wide = domain(*(Feature(name, 0.0, 1.0, 20) for name in "abc"))
    with pytest.raises(ConfigError, match="8000 cells"):
        make_sampler("map_elites", {}, wide)
    make_sampler("map_elites", {"axes": ["a", "b"]}, wide)


def test_registered_samplers_are_found_and_do_not_replace_built_in_ones() -> None:
    mine = object()
    registered: Any = {"mine": lambda options, domain: mine, "ucb1": lambda options, domain: mine}
    assert make_sampler("mine", {}, None, registered) is mine
    assert make_sampler("ucb1", {}, None, registered) is not mine


def test_listing_the_names_imports_no_numpy() -> None:
    code = "import sys; from asi_evolve.sampling import BUILTIN; print(len(BUILTIN), 'numpy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["6", "False"]


# The goals are 5 ms and 20 ms; 0.1 to 2 ms and 3 to 13 ms are measured. Processor time of the quickest of nine, so that
# a loaded machine does not count.
@pytest.mark.parametrize(("n", "ceiling_s"), [(100_000, 0.015), pytest.param(1_000_000, 0.06, marks=pytest.mark.slow)])
def test_selection_stays_quick_in_a_long_history(n: int, ceiling_s: float) -> None:
    rng = np.random.default_rng(0)
    fitness, visits = rng.normal(size=n), rng.poisson(0.6, size=n)
    history = History()
    for i in range(n):
        features = {"width": float(i % 97) / 97, "depth": float(i % 31) / 31}
        history.append(entry(i, None if i % 7 == 0 else float(fitness[i]), features=features))
        if visits[i]:
            history.visit(f"r.{i}", int(visits[i]))
    for name in NAMES:
        sampler = make_sampler(name, {}, TOY)
        state = sampler.init()
        for i in range(0, n, n // 2000):
            state = sampler.update(state, history, i)
        times = []
        for seed in range(9):
            draw = np.random.default_rng(seed)
            start = time.thread_time()
            selection, state = sampler.select(state, history, draw)
            state = sampler.update(state, history, n - 1)
            times.append(time.thread_time() - start)
        assert selection.parent is not None
        assert min(times) < ceiling_s, f"{name}: {sorted(times)}"
        assert len(json.dumps(state)) < 10_000
