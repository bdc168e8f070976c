"""A small domain for tests: three slots, cheap blocks, an exact score. Loaded by its path, like a user's file."""

from __future__ import annotations

from dataclasses import dataclass

from asi_evolve import (
    Backend,
    Block,
    Domain,
    Feature,
    Limits,
    Objective,
    Score,
    Slot,
    Stage,
    hookimpl,
)

SEED = '''"""Three parts whose values add up."""
from asi_evolve import tunable


def base():
    return tunable(1.0, low=0.0, high=5.0)


def factor(x):
    return x * 1.0


def bonus(x):
    return x


def solve():
    return {"x": bonus(factor(base()))}
'''


def _block(slot: str, name: str, body: str) -> Block:
    arguments = "" if slot == "base" else "x"
    return Block(name, slot, f"def {slot}({arguments}):\n    return {body}\n")


BLOCKS = (
    _block("base", "base_one", "tunable(1.0, low=0.0, high=5.0)"),
    _block("base", "base_two", "2.0 + tunable(0.5, low=0.0, high=3.0)"),
    _block("base", "base_broken", "1.0 / 0.0"),
    _block("factor", "factor_plain", "x * 1.0"),
    _block("factor", "factor_half", "x * tunable(0.5, low=0.1, high=0.9)"),
    _block("factor", "factor_more", "x * tunable(1.2, low=1.0, high=2.0)"),
    _block("bonus", "bonus_none", "x"),
    _block("bonus", "bonus_some", "x + tunable(1, low=0, high=4)"),
    _block("bonus", "bonus_nan", "float('nan')"),
)


@dataclass
class Config:
    bound: float = 0.0
    fault: str = ""


def _make(config: Config) -> Domain:
    return Domain(
        name="toy",
        title="Toy sum",
        task_markdown="Make x large.",
        objective=Objective("x", known_bound=config.bound or None),
        backends={"numpy": Backend(seeds={"plain": {"candidate.py": SEED}}, blocks=BLOCKS, libraries=("math",))},
        slots=(Slot("base"), Slot("factor"), Slot("bonus")),
        stages=(Stage("explore", Limits(wall_s=10, cpu_s=2, memory_mb=512)),),
        features=(Feature("size", 0.0, 20.0, 5),),
        rounds=6,
        config=Config,
        configure=_make,
    )


@hookimpl
def domain() -> Domain:
    return _make(Config())


@hookimpl
def score(context, candidate, execution, hidden) -> Score:
    if context.config.fault == "raise":
        raise RuntimeError("the scorer is broken")
    if context.config.fault == "die":
        import os

        os._exit(9)
    if context.config.fault == "unsound":
        return Score(float("nan"), True)
    x = execution.outputs.get("x")
    if not isinstance(x, (int, float)) or x != x:
        return Score(None, False, feedback=f"x is {x!r}, not a number")
    return Score(float(x), True, metrics={"x": float(x)}, features={"size": float(x)})
