"""The smallest domain: two hooks. A program returns a number; the nearer to 3, the better."""

from __future__ import annotations

from asi_evolve import Backend, Block, Candidate, Domain, Execution, Objective, Score, Slot, hookimpl

SEED = """
from asi_evolve import tunable


def guess():
    return tunable(0.0, -10.0, 10.0)


def solve():
    return guess()
"""

HALVES = """
def guess():
    left, right = tunable(-10.0, -10.0, 0.0), tunable(10.0, 0.0, 10.0)
    return (left + right) / 2
"""


@hookimpl
def domain() -> Domain:
    """Declare the problem."""
    return Domain(
        name="parabola",
        title="Top of a parabola",
        task_markdown="Return the number x that makes 9 - (x - 3)^2 largest.",
        objective=Objective("height", known_bound=9.0),
        backends={
            "numpy": Backend(
                seeds={"zero": {"candidate.py": SEED}},
                blocks=(Block("halves", "guess", HALVES, imports=("from asi_evolve import tunable",)),),
            )
        },
        slots=(Slot("guess", signature="() -> float"),),
        rounds=10,
        requires_core=">=0.1",
    )


@hookimpl
def score(candidate: Candidate, execution: Execution) -> Score:
    """Score what the program returned."""
    x = (execution.outputs or {}).get("result")
    if isinstance(x, bool) or not isinstance(x, (int, float)) or not -10.0 <= x <= 10.0:
        return Score(value=None, valid=False, feedback="solve() must return a number from -10 to 10")
    return Score(value=9.0 - (x - 3.0) ** 2, valid=True, metrics={"x": float(x)})
