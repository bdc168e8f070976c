"""Every building block: it fits its slot, repeats, stays feasible, and hides no answer."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from asi_evolve import Block
from asi_evolve.source.constants import read_constants
from asi_evolve.source.slots import read_slots
from asi_evolve_circle_packing.problems import parse_problem
from asi_evolve_circle_packing.programs import SEED_BLOCKS, SLOTS, blocks, parse_block, seed_source
from asi_evolve_circle_packing.scoring import score_packing

BLOCKS = blocks("numpy")
GOOD = {
    "initial_layout": "random_uniform",
    "assign_radii": "lp_radii",
    "relax": "adam_overlap",
    "refine": "slsqp_near",
    "search": "relocate_hop",
    "schedule": "multistart_each",
}
ids = [f"{block.slot}-{block.name}" for block in BLOCKS]
each_block = pytest.mark.parametrize("block", BLOCKS, ids=ids)


def of_slot(slot: str) -> list[str]:
    return [block.name for block in BLOCKS if block.slot == slot]


def test_circle_there_are_many_blocks_for_every_slot() -> None:
    assert len(BLOCKS) >= 30
    assert all(len(of_slot(slot.name)) >= 5 for slot in SLOTS)
    assert len({block.name for block in BLOCKS}) == len(BLOCKS)


@each_block
def test_circle_block_keeps_the_slots_signature(block: Block) -> None:
    seed = {n.name: n for n in ast.parse(seed_source()).body if isinstance(n, ast.FunctionDef)}
    own = {n.name: n for n in ast.parse(block.source).body if isinstance(n, ast.FunctionDef)}
    assert ast.unparse(own[block.slot].args) == ast.unparse(seed[block.slot].args)
    assert all(name == block.slot or name.startswith("_") for name in own)
    assert ast.get_docstring(own[block.slot])


@each_block
def test_circle_block_brings_what_it_names(block: Block) -> None:
    """Every global name that a block reads is its own, imported, built in, or of the seed program."""
    import builtins

    seed = ast.parse(seed_source())
    known = {n.name for n in seed.body if isinstance(n, ast.FunctionDef | ast.ClassDef)} | set(dir(builtins))
    known |= {t.id for n in seed.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    for statement in block.imports:
        for node in ast.walk(ast.parse(statement)):
            if isinstance(node, ast.alias):
                known.add((node.asname or node.name).split(".")[0])
    tree = ast.parse(block.source)
    known |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    known |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    known |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    assert read <= known


@each_block
def test_circle_block_holds_no_answer(block: Block) -> None:
    """No tables of numbers, no long strings, no target values, no seeds, no clocks."""
    tree = ast.parse(block.source)
    for node in ast.walk(tree):
        if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
            numbers = [n for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
            assert len(numbers) <= 8
        if isinstance(node, ast.Constant):
            assert not (isinstance(node.value, str | bytes) and len(node.value) > 400)
            if isinstance(node.value, float):
                assert not 2.0 < node.value < 2.99 or round(node.value, 1) == node.value
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"default_rng", "seed", "SeedSequence"}
        if isinstance(node, ast.Name):
            assert node.id not in {"time", "open", "eval", "exec", "__import__"}
    numbers = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
    assert len(numbers) <= 60


@each_block
def test_circle_block_bundles_nothing(block: Block) -> None:
    """A block works through the other slots; only ``refine`` blocks solve, only ``search`` blocks hop."""
    called = {
        n.func.id for n in ast.walk(ast.parse(block.source)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    if block.slot in ("initial_layout", "assign_radii", "relax", "refine"):
        assert not called & {"improve", "search", "schedule", "relax", "refine"}
    if block.slot in ("search", "schedule"):
        assert not called & {"minimize", "linprog", "relax", "refine"}
    if block.slot == "search":
        assert not called & {"schedule", "initial_layout"}


@each_block
def test_circle_constants_are_inside_their_ranges(block: Block) -> None:
    for constant in read_constants(block.source):
        if constant.choices is None and constant.low is not None and constant.high is not None:
            assert constant.low <= constant.value <= constant.high
            assert not constant.log or constant.low > 0


def test_circle_most_blocks_have_constants_to_tune() -> None:
    tuned = [block for block in BLOCKS if read_constants(block.source)]
    assert len(tuned) >= 0.75 * len(BLOCKS)


@each_block
def test_circle_block_alone_in_the_seed_is_a_valid_program(block: Block, pack: Callable[..., Any]) -> None:
    centers, radii = pack({block.slot: block.name})
    score = score_packing({"centers": centers, "radii": radii}, parse_problem("square-10"))
    assert score.valid, score.feedback
    assert score.metrics["loss"] < 1e-9


@each_block
def test_circle_block_in_a_good_program_packs_and_repeats(block: Block, pack: Callable[..., Any]) -> None:
    choice = {**GOOD, block.slot: block.name}
    start = time.process_time()
    centers, radii = pack(choice)
    assert time.process_time() - start < 8.0
    again_centers, again_radii = pack(choice)
    assert np.array_equal(centers, again_centers)
    assert np.array_equal(radii, again_radii)
    score = score_packing({"centers": centers, "radii": radii}, parse_problem("square-10"))
    assert score.valid, score.feedback
    # Ten circles on a grid reach 10 / 8; every block must leave the rest of a good program room to do better.
    assert score.value is not None
    assert score.value > 1.40


@pytest.mark.parametrize("name", of_slot("initial_layout"))
@pytest.mark.parametrize("n", [1, 2, 13])
def test_circle_layouts_are_inside_the_box(name: str, n: int, load: Callable[..., ModuleType]) -> None:
    module = load({"initial_layout": name})
    for width in (1.0, 0.6):
        centers = module.initial_layout(n, width, np.random.default_rng(1))
        assert centers.shape == (n, 2)
        assert (centers >= 0.0).all()
        assert (centers <= np.array([width, 2.0 - width])).all()


@pytest.mark.parametrize("name", of_slot("assign_radii"))
def test_circle_assigned_radii_do_not_overlap(name: str, load: Callable[..., ModuleType]) -> None:
    module = load({"assign_radii": name})
    rng = np.random.default_rng(2)
    for _ in range(5):
        centers = rng.uniform(0.05, 0.95, (9, 2))
        radii = module.assign_radii(centers, 1.0)
        assert radii.shape == (9,)
        assert (radii >= 0.0).all()
        assert module.feasible(centers, radii, 1.0).total == pytest.approx(radii.sum(), abs=1e-6)


def test_circle_the_linear_program_is_the_best_of_the_radii(load: Callable[..., ModuleType]) -> None:
    centers = np.random.default_rng(3).uniform(0.1, 0.9, (12, 2))
    sums = {name: load({"assign_radii": name}).assign_radii(centers, 1.0).sum() for name in of_slot("assign_radii")}
    assert max(sums, key=lambda name: sums[name]) == "lp_radii"
    assert sums["lp_radii"] > sums["half_nearest"] + 1e-3


@pytest.mark.parametrize("name", of_slot("relax"))
def test_circle_relaxation_of_a_batch_is_that_of_each(name: str, load: Callable[..., ModuleType]) -> None:
    module = load({"relax": name})
    rng = np.random.default_rng(4)
    layouts, radii = rng.uniform(0.1, 0.9, (3, 8, 2)), np.full((3, 8), 0.1)
    before = layouts.copy()
    c, r = module.relax(layouts, radii, 1.0, np.random.default_rng(5))
    assert c.shape == (3, 8, 2)
    assert r.shape == (3, 8)
    assert np.array_equal(layouts, before)
    one, _ = module.relax(layouts[1:2], radii[1:2], 1.0, np.random.default_rng(5))
    assert np.allclose(one[0], c[1], atol=1e-9)


@pytest.mark.parametrize("name", of_slot("refine"))
def test_circle_refining_never_loses(name: str, load: Callable[..., ModuleType]) -> None:
    module = load({"refine": name, "assign_radii": "lp_radii"})
    centers = np.random.default_rng(6).uniform(0.1, 0.9, (8, 2))
    start = module.feasible(centers, module.assign_radii(centers, 1.0), 1.0)
    found = module.settle(*module.refine(start.centers, start.radii, 1.0))
    assert found.total >= start.total - 1e-6
    if name in ("slsqp_near", "sequential_lp", "augmented_lagrangian"):
        assert found.total > start.total + 0.05


@pytest.mark.parametrize("name", of_slot("search"))
def test_circle_search_makes_at_most_the_hops_it_was_given(name: str, load: Callable[..., ModuleType]) -> None:
    module = load({"search": name, "assign_radii": "half_nearest"})
    rng = np.random.default_rng(7)
    start = module.improve(rng.uniform(0.1, 0.9, (1, 8, 2)), 1.0, rng)[0]
    calls, improve = [], module.improve
    module.improve = lambda *args, **kwargs: calls.append(1) or improve(*args, **kwargs)
    found = module.search(start, 6, rng)
    assert len(calls) == (0 if name == "no_search" else 6)
    assert found.total >= start.total


@pytest.mark.parametrize("name", of_slot("schedule"))
def test_circle_schedules_scale_with_effort(name: str, load: Callable[..., ModuleType]) -> None:
    module = load({"schedule": name, "search": "swap_hop", "initial_layout": "random_uniform"})
    counts = []
    for effort in (0.2, 1.0):
        calls, improve = [], module.improve
        module.improve = lambda layouts, *a, calls=calls, improve=improve, **k: (
            calls.append(len(layouts)) or improve(layouts, *a, **k)
        )
        packing = module.schedule(6, effort, np.random.default_rng(8))
        module.improve = improve
        assert packing.radii.shape == (6,)
        counts.append(sum(calls))
    assert counts[0] <= counts[1]
    assert counts[1] <= 400
    if name != "single_start":
        assert counts[1] > counts[0]


@pytest.mark.parametrize("refine", ["slsqp_near", "sequential_lp", "no_refine"])
def test_circle_rectangle_programs_choose_their_width(refine: str, pack: Callable[..., Any]) -> None:
    choice = {**GOOD, "refine": refine}
    centers, radii, width = pack(choice, n=5, free_width=True)
    outputs = {"centers": centers, "radii": radii, "width": width}
    score = score_packing(outputs, parse_problem("rectangle-5"))
    assert score.valid, score.feedback
    assert 0.1 < width < 1.9
    assert score.value is not None
    assert score.value > 0.95


def test_circle_seed_blocks_are_the_seed() -> None:
    slots = read_slots(seed_source(), SLOTS)
    for slot, (name, _) in SEED_BLOCKS.items():
        block = next(block for block in BLOCKS if block.name == name)
        assert block.slot == slot
        assert ast.dump(ast.parse(block.source)) == ast.dump(ast.parse(slots[slot]))


def test_circle_block_file_metadata_is_read() -> None:
    text = (
        '"""Doc.\n\nCognition: a, b\nCost: 2.5\n"""\n\nfrom __future__ import annotations\n\nimport math\n\n\n'
        "def relax() -> float:\n    return math.pi\n"
    )
    block = parse_block("x", "relax", text)
    assert block.cognition_ids == ("a", "b")
    assert block.cost_hint == 2.5
    assert block.imports == ("import math",)
    assert block.source.startswith("def relax")
    with pytest.raises(ValueError, match="defines nothing"):
        parse_block("x", "relax", '"""Doc."""\n')
