"""Selection pressure of each sampler on a synthetic history, each with the control that would fail."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from asi_evolve.domain import Feature
from asi_evolve.sampling import make_sampler
from sampling_histories import domain, entry, evolve, history_of, percentile

ROUNDS = 400
#: Mean rank percentile of the parents, by definition of each sampler, on independent children.
BANDS = {
    "ucb1": (0.85, 0.95),
    "greedy": (0.999, 1.0),
    "random": (0.45, 0.55),
    "islands": (0.80, 0.97),
    "top_k": (0.93, 0.99),
}


def mean_pressure(name: str, **options: float) -> float:
    return float(np.mean(evolve(name, ROUNDS, options=options).percentiles[50:]))


@pytest.mark.parametrize("name", sorted(BANDS))
def test_mean_rank_percentile_is_in_the_samplers_band(name: str) -> None:
    low, high = BANDS[name]
    assert low <= mean_pressure(name) <= high


@pytest.mark.parametrize("name", sorted(set(BANDS) - {"random"}))
def test_a_uniform_sampler_would_miss_each_band(name: str) -> None:
    low, high = BANDS[name]
    assert not low <= mean_pressure("random") <= high


def test_ucb1_counts_visits_from_the_first_round_and_returns_to_good_parents() -> None:
    trace = evolve("ucb1", ROUNDS)
    assert trace.history.visits.sum() == ROUNDS
    assert trace.history.visits.max() >= 8  # it comes back
    assert np.count_nonzero(trace.history.visits) >= 50  # but not only to one
    uniform = evolve("random", ROUNDS)
    assert uniform.history.visits.max() < trace.history.visits.max()


def test_ucb1_prefers_the_top_decile_by_far_and_leaves_the_bottom_decile() -> None:
    late = np.array(evolve("ucb1", ROUNDS).percentiles[50:])
    assert np.mean(late >= 0.9) > 0.5
    assert np.mean(late <= 0.1) < 0.01
    uniform = np.array(evolve("random", ROUNDS).percentiles[50:])
    assert np.mean(uniform >= 0.9) < 0.2
    assert np.mean(uniform <= 0.1) > 0.03


def test_ucb1_textbook_constant_on_ranks_would_have_no_pressure() -> None:
    # Why the default is not sqrt(2): with an arm added every round it is as good as uniform.
    assert mean_pressure("ucb1", c=1.414) < 0.6


def test_ucb1_pressure_falls_as_c_grows() -> None:
    pressure = [mean_pressure("ucb1", c=c) for c in (0.0, 0.1, 0.2, 0.5, 1.0)]
    assert pressure == sorted(pressure, reverse=True)
    assert pressure[0] == pytest.approx(1.0)


@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0.0), (1e6, 0.0), (3.0, -1e4)])
def test_ucb1_choice_does_not_depend_on_the_unit_of_the_score(scale: float, shift: float) -> None:
    values = [float(v) for v in np.random.default_rng(3).normal(size=60)]
    visits = np.random.default_rng(4).integers(0, 5, size=60)
    chosen = []
    for fitness in (values, [v * scale + shift for v in values]):
        history = history_of(fitness)
        for i, count in enumerate(visits):
            history.visit(f"r.{i}", int(count))
        chosen.append(make_sampler("ucb1", {}, None).select({}, history, np.random.default_rng(0))[0])
    assert chosen[0] == chosen[1]


@pytest.mark.parametrize("name", ["ucb1", "greedy", "random", "map_elites", "islands", "top_k"])
@pytest.mark.parametrize(("scale", "shift"), [(0.001, 0.0), (1.0, 1000.0)])
def test_no_sampler_chooses_by_the_unit_of_the_score(name: str, scale: float, shift: float) -> None:
    axes = domain(Feature("width", 0.0, 1.0, 4))
    as_it_is = evolve(name, 80, in_domain=axes).selections
    assert evolve(name, 80, in_domain=axes, scale=scale, shift=shift).selections == as_it_is
    assert evolve(name, 80, in_domain=axes, scale=-1.0).selections != as_it_is or name == "random"


def test_ucb1_is_the_argmax_of_its_formula() -> None:
    rng = np.random.default_rng(5)
    for _ in range(60):
        n = int(rng.integers(1, 40))
        fitness: list[float | None] = [None if rng.random() < 0.2 else float(rng.integers(0, 12)) for _ in range(n)]
        if all(value is None for value in fitness):
            continue
        history = history_of(fitness)
        for i in range(n):
            history.visit(f"r.{i}", int(rng.integers(0, 6)))
        c = float(rng.choice([0.0, 0.1, 0.2, 0.7, 2.0]))
        arms = [i for i in range(n) if fitness[i] is not None]
        plays = sum(1 + int(history.visits[i]) for i in arms)
        one = len(arms) == 1
        bounds = {
            i: (1.0 if one else percentile(history, i)) + c * np.sqrt(np.log(plays)) / np.sqrt(1 + history.visits[i])
            for i in arms
        }
        selection, _ = make_sampler("ucb1", {"c": c}, None).select({}, history, rng)
        assert selection.parent is not None
        assert bounds[history.index_of(selection.parent)] == pytest.approx(max(bounds.values()), abs=1e-12)


def test_ucb1_rounds_in_flight_push_workers_apart() -> None:
    history = history_of([float(i) for i in range(30)])
    sampler = make_sampler("ucb1", {}, None)
    parents = []
    for _ in range(8):  # eight workers select before any of them has finished
        selection, _ = sampler.select({}, history, np.random.default_rng(0))
        assert selection.parent is not None
        history.visit(selection.parent)
        parents.append(selection.parent)
    assert len(set(parents)) >= 3


def test_greedy_takes_the_earliest_of_equals_and_epsilon_mixes_in_a_uniform_draw() -> None:
    history = history_of([0.0, 5.0, 5.0, 1.0])
    rng = np.random.default_rng(0)
    assert make_sampler("greedy", {}, None).select({}, history, rng)[0].parent == "r.1"
    sampler = make_sampler("greedy", {"epsilon": 0.5}, None)
    counts = Counter(sampler.select({}, history, rng)[0].parent for _ in range(2000))
    assert 0.58 < counts["r.1"] / 2000 < 0.67  # 1/2 + 1/2 * 1/4
    assert set(counts) == {"r.0", "r.1", "r.2", "r.3"}


def test_random_is_uniform() -> None:
    history = history_of([float(i) for i in range(10)])
    rng = np.random.default_rng(0)
    counts = Counter(make_sampler("random", {}, None).select({}, history, rng)[0].parent for _ in range(5000))
    expected = 500.0
    chi2 = sum((counts[f"r.{i}"] - expected) ** 2 / expected for i in range(10))
    assert chi2 < 27.9  # 9 degrees of freedom, p = 0.001


def test_top_k_draws_the_root_from_the_best_ten_and_references_from_the_best_fifty() -> None:
    history = history_of([float(i) for i in range(200)])
    sampler = make_sampler("top_k", {}, None)
    roots: set[int] = set()
    references: set[int] = set()
    for seed in range(600):
        selection, _ = sampler.select({}, history, np.random.default_rng(seed))
        assert selection.parent is not None
        roots.add(history.index_of(selection.parent))
        references |= {history.index_of(i) for i in selection.inspirations}
    assert roots == set(range(190, 200))
    assert references == set(range(150, 200))


def test_baselines_and_failures_are_never_parents() -> None:
    for name in ("ucb1", "greedy", "random", "map_elites", "islands", "top_k"):
        sampler = make_sampler(name, {}, None)
        history, state = history_of([]), sampler.init()
        for i, (value, origin) in enumerate([(0.1, "seed"), (9.0, "baseline"), (None, "grammar"), (0.2, "grammar")]):
            history.append(entry(i, value, origin=origin, round=0 if i < 2 else i))
            state = sampler.update(state, history, i)
        for seed in range(30):
            selection, state = sampler.select(state, history, np.random.default_rng(seed))
            assert selection.parent in {"r.0", "r.3"}, name
            assert not {"r.1", "r.2"} & set(selection.inspirations), name
