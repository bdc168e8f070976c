"""A domain that costs nothing, so that what is left is the cost of the loop: used by ``overhead.py``.

A program returns a number, and the score is that number. The proposer is instant: round ``k`` gets a program of a few
lines that was never made before, worth the fractional part of ``k`` times the golden ratio. Such values spread evenly
over [0, 1), so that a new best comes about as in a search: seldom, and ever more seldom. With ``--set
domain.instant=false`` the grammar proposer of the core makes the programs, from two slots with four constants.
"""

from __future__ import annotations

from dataclasses import dataclass

from asi_evolve import (
    Backend,
    Block,
    Domain,
    Execution,
    Objective,
    Proposal,
    ProposalRequest,
    RunContext,
    Score,
    Slot,
    hookimpl,
)

GOLDEN = 0.6180339887498949

CONSTANT = """\
def value():
    return tunable(0.1, low=0.0, high=0.5) + tunable(0.1, low=0.0, high=0.5)
"""
PRODUCT = """\
def value():
    return tunable(0.5, low=0.0, high=1.0) * tunable(0.5, low=0.0, high=1.0)
"""
PLAIN = """\
def scale(x):
    return x
"""
SHRUNK = """\
def scale(x):
    return x * tunable(0.9, low=0.5, high=1.0) + tunable(0.0, low=0.0, high=0.01)
"""
SEED = f"""\
from asi_evolve import tunable


{CONSTANT}

{PLAIN}

def solve():
    return {{"x": scale(value())}}
"""


def program(number: int) -> str:
    """The program of round ``number``."""
    return f'''\
"""Attempt {number}."""


def value():
    return {number * GOLDEN % 1.0!r}


def solve():
    return {{"x": value()}}
'''


@dataclass(frozen=True)
class Config:
    """Keys under ``[domain]``."""

    instant: bool = True
    """Whether programs come from this file; else from the proposer of the core."""


@hookimpl
def domain() -> Domain:
    """A number, the higher the better."""
    return Domain(
        name="trivial",
        title="A number",
        task_markdown="Return a number below 1.",
        objective=Objective("number"),
        slots=(Slot("value"), Slot("scale")),
        backends={
            "numpy": Backend(
                seeds={"first": {"candidate.py": SEED}},
                blocks=(
                    Block("constant", "value", CONSTANT),
                    Block("product", "value", PRODUCT),
                    Block("plain", "scale", PLAIN),
                    Block("shrunk", "scale", SHRUNK),
                ),
            )
        },
        config=Config,
    )


@hookimpl
def propose(context: RunContext, request: ProposalRequest) -> Proposal | None:
    """The next number, at once."""
    if not context.config.instant:
        return None
    return Proposal(files={"candidate.py": program(request.round)}, motivation="The next number.")


@hookimpl
def score(execution: Execution) -> Score:
    """The number itself."""
    value = execution.outputs.get("x") if execution.outputs is not None else None
    if not isinstance(value, float):
        return Score(value=None, valid=False, feedback="x must be a number")
    return Score(value=value, valid=True)
