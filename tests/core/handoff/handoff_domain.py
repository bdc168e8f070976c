"""A domain of two files, one of them read-only, with a protected function, something hidden and something known."""

from __future__ import annotations

from asi_evolve import Backend, Domain, Limits, Objective, Proposal, Score, Stage, hookimpl

SECRET = 71.0625

ENTRY = '''"""What may be changed."""
from helper import offset


def anchor():
    return 1.0


def guess():
    return 2.0


def solve():
    return {"x": guess() + offset() * anchor()}
'''
HELPER = "def offset():\n    return 0.0\n"


@hookimpl
def domain() -> Domain:
    return Domain(
        name="hand",
        title="Guess the number",
        task_markdown="Return `x` near the hidden number.",
        objective=Objective("closeness"),
        backends={"numpy": Backend(seeds={"first": {"candidate.py": ENTRY, "helper.py": HELPER}})},
        editable=("candidate.py", "extra*.py"),
        protected=("anchor",),
        stages=(Stage("explore", Limits(wall_s=20, cpu_s=2, memory_mb=512)),),
        rounds=3,
    )


@hookimpl
def inputs(context, stage, replicate, seed):
    return {}, {"number": SECRET}


@hookimpl
def propose(context, request):
    """Asked in the first round, and never for one that is handed in."""
    if request.round > 1:
        raise RuntimeError("the domain was asked")
    return Proposal({"candidate.py": ENTRY.replace("2.0", "3.0"), "helper.py": HELPER}, "Count.", "A little closer.")


@hookimpl
def score(context, candidate, execution, hidden) -> Score:
    x = (execution.outputs or {}).get("x")
    if not isinstance(x, (int, float)) or x != x:
        return Score(None, False, feedback="x must be a number")
    return Score(-abs(float(x) - hidden["number"]), True, metrics={"x": float(x)})
