"""The declaration: problems, limits, harness, knowledge, and the cheap import."""

from __future__ import annotations

import subprocess
import sys
import types
from typing import Any

import asi_evolve as ae
import asi_evolve_circle_packing as plugin
import numpy as np
import pytest
from asi_evolve.cognition.items import load_items
from asi_evolve_circle_packing import harness
from asi_evolve_circle_packing.declaration import Config, configure
from asi_evolve_circle_packing.problems import KNOWN, parse_problem
from asi_evolve_circle_packing.programs import blocks, seed_source
from asi_evolve_circle_packing.scoring import score_packing


def module_of(source: str) -> types.ModuleType:
    module = types.ModuleType("circle_packing_seed")
    sys.modules[module.__name__] = module
    exec(compile(source, module.__name__, "exec"), module.__dict__)
    return module


def test_circle_default_domain() -> None:
    domain = plugin.domain()
    assert domain.name == "circle_packing"
    assert domain.target == 2.63598
    assert domain.rounds == 40
    assert domain.objective.known_bound == pytest.approx(2.6359830849, abs=1e-8)
    assert [slot.name for slot in domain.slots] == [
        "initial_layout",
        "assign_radii",
        "relax",
        "refine",
        "search",
        "schedule",
    ]
    assert all(slot.signature and slot.doc for slot in domain.slots)
    assert domain.stages[0].limits.cpu_s == 10.0
    assert domain.stages[0].limits.wall_s > 10.0
    assert set(domain.backends) == {"numpy", "torch", "jax"}
    assert "26 circles" in domain.task_markdown
    assert domain.published


def test_circle_configuration_chooses_the_problem() -> None:
    domain = configure(Config(problem="rectangle-21", cpu_seconds=2.0))
    assert domain.target == KNOWN["rectangle-21"].target
    assert domain.stages[0].limits.cpu_s == 2.0
    assert "FREE_WIDTH = True" in domain.backends["numpy"].seeds["grid"]["candidate.py"]
    assert not domain.published
    other = configure(Config(problem="square-20"))
    assert other.target is None
    assert other.objective.known_bound == pytest.approx((20 / np.pi) ** 0.5)


@pytest.mark.parametrize("name", ["square", "circle-26", "square-0", "square-9999", "square--3", "", "square-26 "])
def test_circle_unknown_problems_are_usage_errors(name: str) -> None:
    with pytest.raises(ae.UsageError, match="problem"):
        configure(Config(problem=name))


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), 1e9])
def test_circle_ceiling_must_be_sensible(seconds: float) -> None:
    with pytest.raises(ae.UsageError, match="cpu_seconds"):
        configure(Config(cpu_seconds=seconds))


@pytest.mark.parametrize("factor", [0.0, float("nan"), 1e9])
def test_circle_wall_factor_must_be_sensible(factor: float) -> None:
    with pytest.raises(ae.UsageError, match="wall_factor"):
        configure(Config(wall_factor=factor))


def test_circle_wall_limit_follows_the_factor() -> None:
    assert configure(Config()).stages[0].limits.wall_s == 80.0
    assert configure(Config(cpu_seconds=2.0, wall_factor=100.0)).stages[0].limits.wall_s == 220.0


def test_circle_targets_lie_just_below_the_best_known_values() -> None:
    for name, known in KNOWN.items():
        assert 0 < known.best - known.target < 1e-5
        assert parse_problem(name).known_bound - known.best < 1e-8


def test_circle_seed_is_the_weak_grid() -> None:
    module = module_of(seed_source())
    emitted: list[dict[str, Any]] = []
    outputs = harness.run(module, {"n": 26}, ae.Limits(), np.random.default_rng(0), emitted.append)
    score = score_packing(outputs, parse_problem("square-26"))
    assert score.value == pytest.approx(26 / 12, abs=1e-12)
    assert len(emitted) == 1
    assert callable(plugin.domain)
    assert callable(plugin.score)
    assert np.array_equal(emitted[0]["radii"], outputs["radii"])


def test_circle_rectangle_seed_returns_a_width() -> None:
    module = module_of(seed_source(free_width=True))
    outputs = harness.run(module, {"n": 21}, ae.Limits(), np.random.default_rng(0), lambda _: None)
    assert score_packing(outputs, parse_problem("rectangle-21")).valid


def test_circle_harness_speaks_to_any_pack() -> None:
    plain = types.ModuleType("plain")
    plain.pack = lambda n, budget, rng: [[[0.5, 0.5]], [0.5]]  # type: ignore[attr-defined]
    outputs = harness.run(plain, {"n": 1}, ae.Limits(), np.random.default_rng(0), lambda _: None)
    assert score_packing(outputs, parse_problem("square-1")).value == 0.5
    plain.pack = lambda n, budget, rng: {"centers": [[0.5, 0.5]], "radii": [0.5]}  # type: ignore[attr-defined]
    outputs = harness.run(plain, {"n": 1}, ae.Limits(), np.random.default_rng(0), lambda _: None)
    assert score_packing(outputs, parse_problem("square-1")).value == 0.5


@pytest.mark.parametrize(("result", "words"), [(3.0, "float"), (None, "NoneType"), ((1,), "1 things")])
def test_circle_harness_refuses_what_is_no_packing(result: Any, words: str) -> None:
    candidate = types.ModuleType("candidate")
    candidate.pack = lambda n, budget, rng: result  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match=words):
        harness.run(candidate, {"n": 1}, ae.Limits(), np.random.default_rng(0), lambda _: None)
    del candidate.pack
    with pytest.raises(AttributeError, match="pack"):
        harness.run(candidate, {"n": 1}, ae.Limits(), np.random.default_rng(0), lambda _: None)


def test_circle_progress_is_emitted_and_only_gets_better() -> None:
    from asi_evolve.source.slots import replace_slot

    source = seed_source()
    for block in blocks():
        if block.name in ("random_uniform", "multistart_deepest", "perturb_hop"):
            slot = next(slot for slot in plugin.domain().slots if slot.name == block.slot)
            source = replace_slot(source, slot, block.source, block.imports)
    emitted: list[dict[str, Any]] = []
    limits = ae.Limits(cpu_s=1.0)
    outputs = harness.run(module_of(source), {"n": 9}, limits, np.random.default_rng(0), emitted.append)
    sums = [float(np.sum(e["radii"])) for e in emitted]
    assert len(sums) > 1
    assert sums == sorted(sums)
    assert float(np.sum(outputs["radii"])) == sums[-1]


def test_circle_knowledge_is_cited_and_holds_no_answers() -> None:
    cognition = plugin.domain().cognition
    assert cognition is not None
    items = load_items(cognition)
    assert len(items) >= 30
    names = {block.name for backend in ("numpy", "torch", "jax") for block in blocks(backend)}
    for item in items:
        assert set(item.blocks) <= names
        assert any(year in item.source for year in map(str, range(1950, 2027))) or "http" in item.source
        for forbidden in ("2.63", "2.93", "2.36"):
            assert forbidden not in item.insight + item.title


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax"])
def test_circle_blocks_and_knowledge_refer_to_each_other(backend: str) -> None:
    cognition = plugin.domain().cognition
    assert cognition is not None
    items = {item.item_id: item for item in load_items(cognition)}
    for block in blocks(backend):
        for item_id in block.cognition_ids:
            assert item_id in items
            if backend == "numpy":
                assert block.name in items[item_id].blocks
    if backend == "numpy":
        for item in items.values():
            for name in item.blocks:
                assert any(item.item_id in block.cognition_ids for block in blocks() if block.name == name)


def test_circle_import_is_light() -> None:
    code = (
        "import sys, asi_evolve_circle_packing as p; p.domain(); "
        "print(sorted(m for m in ('numpy', 'scipy', 'matplotlib', 'torch', 'jax') if m in sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
