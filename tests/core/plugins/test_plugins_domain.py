"""What a declared domain must fulfil: each broken field is told in one line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from asi_evolve.domain import (
    Backend,
    Block,
    Check,
    Domain,
    Feature,
    Objective,
    PromotionRule,
    Slot,
    Stage,
)
from asi_evolve.errors import MissingExtraError, PluginError
from asi_evolve.hookspecs import hookimpl
from asi_evolve.plugins import check_domain, load_plugins
from asi_evolve.records import Limits, Score, Verdict

SEED = """
import math
STEPS = ["first"]
class Layer:
    pass
def first(x): return x
def helper(n): return n
def solve(): return helper(1)
"""
SLOTS = (Slot("helper"), Slot("Layer", "class"), Slot("STEPS", "sequence"))
BLOCKS = (
    Block("double", "helper", "def helper(n):\n    return 2 * n\n", ("import math",)),
    Block("wide", "Layer", "class Layer:\n    width = 2\n"),
    Block("second", "STEPS", "def second(x):\n    return x\n", cost_hint=0.0),
)


def backend(**changes: Any) -> Backend:
    return replace(Backend({"seed": {"candidate.py": SEED}}, blocks=BLOCKS), **changes)


def domain(**changes: Any) -> Domain:
    made = Domain("toy", "Toy", "task", Objective("x"), {"numpy": backend()}, slots=SLOTS)
    return replace(made, **changes)


def with_backend(**changes: Any) -> Domain:
    return domain(backends={"numpy": backend(**changes)})


def with_block(**changes: Any) -> Domain:
    return with_backend(blocks=(replace(BLOCKS[0], **changes),))


def with_stage(**changes: Any) -> Domain:
    return domain(stages=(replace(Stage("explore"), **changes),))


def plugin(declared: Any) -> object:
    class Toy:
        @hookimpl
        def domain(self) -> Any:
            return declared

        @hookimpl
        def score(self) -> Score:
            return Score(1.0, True)

    return Toy()


@dataclass(frozen=True)
class NeedsValue:
    size: int


@dataclass(frozen=True)
class Config:
    problem: str = "small"


def test_a_whole_domain_passes() -> None:
    declared = domain(
        features=(Feature("size", 0.0, 1.0),), config=Config, requires_core=">=0.1,<1", protected=("solve",)
    )
    assert check_domain(declared, "plugin toy", "0.1.0") is declared


FAULTS: dict[str, tuple[Any, list[str]]] = {
    "name": (domain(name="two words"), ["Domain.name", "'two words'"]),
    "objective": (domain(objective="x"), ["Domain.objective", "str"]),
    "no backend": (domain(backends={}), ["Domain.backends is empty"]),
    "default backend": (domain(default_backend="jax"), ["default_backend is 'jax'", "numpy"]),
    "not a backend": (domain(backends={"numpy": 3}), ["must be a Backend"]),
    "rounds": (domain(rounds=0), ["Domain.rounds", "0"]),
    "no seeds": (with_backend(seeds={}), ["backend 'numpy': seeds is empty"]),
    "entry": (with_backend(seeds={"s": {"main.py": SEED}}), ["seed 's'", "no entry file 'candidate.py'", "main.py"]),
    "seed syntax": (with_backend(seeds={"s": {"candidate.py": "x = 1\ndef f(:\n"}}), ["does not parse", "line 2"]),
    "baseline syntax": (with_backend(baselines={"b": {"candidate.py": "def"}}), ["baseline 'b'", "does not parse"]),
    "path": (with_backend(seeds={"s": {"candidate.py": SEED, "../x.py": ""}}), ["'../x.py'", "relative"]),
    "call": (domain(call="solved"), ["no solved()", "Domain.call", "did you mean 'solve'"]),
    "slot missing": (domain(slots=(*SLOTS, Slot("helped"))), ["slot 'helped'", "top-level function", "'helper'"]),
    "slot kind": (domain(slots=(Slot("helper", "class"),)), ["slot 'helper'", "top-level class"]),
    "slot twice": (domain(slots=(*SLOTS, Slot("helper"))), ["two slots are called 'helper'"]),
    "slot word": (domain(slots=(Slot("helper", cast(Any, "method")),)), ["kind must be function, class or sequence"]),
    "block slot": (with_block(slot="helpr"), ["block 'double'", "no slot 'helpr'", "did you mean 'helper'"]),
    "block definition": (with_block(source="def other(): pass"), ["does not define the function 'helper'"]),
    "block class": (with_block(slot="Layer"), ["does not define the class 'Layer'"]),
    "block step": (with_block(slot="STEPS", source="x = 1"), ["no step function"]),
    "block syntax": (with_block(source="def helper(:"), ["block 'double' does not parse"]),
    "block imports": (with_block(imports=("print(1)",)), ["import statements", "print(1)"]),
    "block cost": (with_block(cost_hint=-1.0), ["cost_hint"]),
    "block twice": (with_backend(blocks=(BLOCKS[0], BLOCKS[0])), ["'double'", "two blocks"]),
    "harness": (with_backend(harness="package.module.function"), ["harness", "package.module:function"]),
    "harness module": (with_backend(harness="asi_evolve.no_module:run"), ["harness", "no such module"]),
    "no stage": (domain(stages=()), ["Domain.stages is empty"]),
    "stage twice": (domain(stages=(Stage("a"), Stage("a"))), ["two stages are called 'a'"]),
    "limit": (with_stage(limits=Limits(cpu_s=0)), ["stage 'explore'", "limits.cpu_s", "above 0"]),
    "infinite limit": (with_stage(limits=Limits(wall_s=float("inf"))), ["limits.wall_s"]),
    "no replicate": (with_stage(replicate_seeds=()), ["replicate_seeds is empty"]),
    "same replicate": (with_stage(replicate_seeds=(1, 1)), ["same seed twice"]),
    "level": (with_stage(promote=PromotionRule(test="paired", level=95)), ["promote.level", "95"]),
    "top": (with_stage(promote=PromotionRule(top=0.0)), ["promote.top"]),
    "feature": (domain(features=(Feature("f", 1.0, 1.0),)), ["feature 'f'", "below high"]),
    "bins": (domain(features=(Feature("f", 0.0, 1.0, 0),)), ["bins"]),
    "config": (domain(config=NeedsValue), ["NeedsValue.size needs a default"]),
    "config class": (domain(config=dict), ["must be a dataclass"]),
    "cognition": (domain(cognition=Path("no_such_folder")), ["'no_such_folder' does not exist"]),
    "check limits": (
        domain(checks=(Check("c", lambda rng: {}, lambda out: Verdict("c", True), Limits(wall_s=-1)),)),
        ["check 'c'", "limits.wall_s"],
    ),
    "slots comma": (domain(slots=Slot("helper")), ["Domain.slots", "comma is missing", "write (Slot(...),)"]),
    "slots of names": (domain(slots=("fit", "clean")), ["Domain.slots[0]", "must be a Slot", "write Slot('fit')"]),
    "stages comma": (domain(stages=Stage("a")), ["Domain.stages", "write (Stage(...),)"]),
    "stage name": (domain(stages=("a",)), ["Domain.stages[0] must be a Stage", "write Stage('a')"]),
    "features": (domain(features=("size",)), ["Domain.features[0] must be a Feature", "Feature('size', ...)"]),
    "feature class": (domain(features=(Feature,)), ["not the class Feature", "write Feature(...)"]),
    "objective class": (domain(objective=Objective), ["Domain.objective must be an Objective", "write Objective(...)"]),
    "backends": (domain(backends=backend()), ["Domain.backends must be a dict, not a Backend"]),
    "seeds": (with_backend(seeds=SEED), ["Domain.backends['numpy'].seeds must be a dict"]),
    "seed text": (with_backend(seeds={"s": SEED}), ["seeds['s'] must be a dict, not str"]),
    "seed bytes": (with_backend(seeds={"s": {"candidate.py": b""}}), ["['candidate.py'] must be text, not bytes"]),
    "blocks": (with_backend(blocks=BLOCKS[0]), ["blocks must be a tuple", "write (Block(...),)"]),
    "block source": (with_block(source=None), ["blocks[0].source must be text, not None"]),
    "libraries comma": (with_backend(libraries="numpy"), ["libraries must be a tuple", "write ('numpy',)"]),
    "title": (domain(title=None), ["Domain.title must be text, not None"]),
    "target": (domain(target="2.6"), ["Domain.target must be a number, not str '2.6'"]),
    "limits": (with_stage(limits=5), ["Domain.stages[0].limits must be a Limits, not int 5"]),
    "limit text": (with_stage(limits=Limits(cpu_s=cast(Any, "5"))), ["limits.cpu_s must be a number, not str '5'"]),
    "replicates": (with_stage(replicate_seeds=3), ["replicate_seeds must be a tuple", "write (3,)"]),
    "cognition text": (domain(cognition="notes"), ["Domain.cognition must be a Path", "write Path('notes')"]),
    "configure": (domain(configure=3), ["Domain.configure must be a function, not int 3"]),
    "core too old": (domain(requires_core=">=99"), ["needs asi-evolve >=99"]),
    "core specifier": (domain(requires_core="newest"), ["requires_core", "'newest'"]),
}


@pytest.mark.parametrize("case", sorted(FAULTS))
def test_a_fault_in_a_domain_is_one_line(case: str) -> None:
    declared, parts = FAULTS[case]
    with pytest.raises(PluginError) as caught:
        load_plugins(plugin(declared))
    for part in parts:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_list_and_plain_or_numpy_numbers_are_as_good() -> None:
    declared = domain(
        slots=list(SLOTS), target=3, rounds=np.int64(4), objective=Objective("x", known_bound=np.float32(1))
    )
    assert check_domain(declared, "plugin toy", "0.1.0") is declared


def test_a_misspelt_field_names_the_near_one() -> None:
    class Toy:
        @hookimpl
        def domain(self) -> Any:
            return Domain(name="toy", titel="Toy")  # type: ignore[call-arg]

        @hookimpl
        def score(self) -> Score:
            return Score(1.0, True)

    with pytest.raises(PluginError, match=r"'titel' \(did you mean 'title'\?\)"):
        load_plugins(Toy())


def test_configure_chooses_the_domain_and_is_checked_again() -> None:
    def configure(config: Config) -> Domain:
        return domain(title=f"Toy {config.problem}", rounds=0 if config.problem == "bad" else 7)

    plugins = load_plugins(plugin(domain(config=Config, configure=configure)))
    assert plugins.with_domain(Config("large")).domain.title == "Toy large"
    assert plugins.domain.title == "Toy"
    with pytest.raises(PluginError, match=r"configured: Domain\.rounds"):
        plugins.with_domain(Config("bad"))
    with pytest.raises(PluginError, match="configure raised AttributeError"):
        plugins.with_domain(None)


def test_without_configure_the_domain_stays() -> None:
    plugins = load_plugins(plugin(domain()))
    assert plugins.with_domain(None) is plugins


def test_a_backend_is_found_with_its_libraries() -> None:
    lacking = backend(libraries=("no_such_lib",), extra="jax")
    plugins = load_plugins(plugin(domain(backends={"numpy": backend(), "jax": lacking})))
    assert plugins.backend()[0] == "numpy"
    with pytest.raises(PluginError, match=r"no backend 'torch'.*it has: jax, numpy"):
        plugins.backend("torch")
    with pytest.raises(MissingExtraError, match=r"'no_such_lib'.*pip install '\.\[jax\]'"):
        plugins.backend("jax")
