"""A small domain for fault tests: three slots, exact scores, candidates that take some 30 ms, loaded by its path."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from asi_evolve import Backend, Block, Domain, Limits, Objective, Score, Slot, Stage, hookimpl

SEED = '''"""Three parts whose values add up."""
import time

from asi_evolve import tunable


def base():
    return tunable(1.0, low=0.0, high=5.0)


def factor(x):
    return x * 1.0


def bonus(x):
    return x


def solve(n):
    time.sleep(0.03)
    return {"x": bonus(factor(base())), "trace": [float(i) for i in range(n)]}
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
    _block("bonus", "bonus_greedy", "x + len(bytearray(2 * 1024 ** 3))"),
)


@dataclass
class Config:
    n: int = 10
    """Numbers that each candidate returns besides its result: what is kept on disk."""
    go: str = ""
    """A file with a number: ``analyze`` of later rounds waits, so that what is to happen before them can."""
    hoard_at: int = 0
    """Round in which ``analyze`` takes all the memory that there is, for good, in the run's own process."""


def _make(config: Config) -> Domain:
    return Domain(
        name="faults",
        title="Fault tests",
        task_markdown="Make x large.",
        objective=Objective("x"),
        backends={"numpy": Backend(seeds={"plain": {"candidate.py": SEED}}, blocks=BLOCKS, libraries=("math", "time"))},
        slots=(Slot("base"), Slot("factor"), Slot("bonus")),
        stages=(Stage("explore", Limits(wall_s=120, cpu_s=20, memory_mb=256)),),
        rounds=30,
        config=Config,
        configure=_make,
    )


@hookimpl
def domain() -> Domain:
    return _make(Config())


def _released(path: Path) -> int:
    try:
        return int(path.read_text() or 0)
    except (OSError, ValueError):
        return 0


_hoard: list[object] = []


@hookimpl
def inputs(context, stage, replicate, seed):
    return {"n": context.config.n}, None


@hookimpl
def analyze(context, experiment):
    while context.config.go and experiment.round > _released(Path(context.config.go)):
        time.sleep(0.01)
    size = 64 << 20
    while context.config.hoard_at and experiment.round == context.config.hoard_at and size > 1 << 12:
        try:
            _hoard.append(bytearray(size))
        except MemoryError:
            size //= 2
    return None


@hookimpl
def score(context, candidate, execution, hidden) -> Score:
    x = execution.outputs.get("x")
    if not isinstance(x, (int, float)) or x != x:
        return Score(None, False, feedback=f"x is {x!r}, not a number")
    return Score(float(x), True, metrics={"x": float(x)})
