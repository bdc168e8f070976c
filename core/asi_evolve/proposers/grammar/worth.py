"""Which of several drafts to run: what it promises for the work that it asks for.

A draft's promise is its expected improvement on the best program so far, with its rank normally distributed around
one draw from the posterior of the blocks' effects (J. Mockus, "Bayesian Approach to Global Optimization", Kluwer
1989); divided by the work it is the expected improvement per second of J. Snoek, H. Larochelle, R. P. Adams,
"Practical Bayesian Optimization of Machine Learning Algorithms", NeurIPS 2012, arXiv:1206.2944. Work is declared, not
measured: a clock must not decide what a seed proposes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from asi_evolve.proposers.grammar.credit import NOISE_SD, Credit
from asi_evolve.proposers.grammar.frame import Grammar
from asi_evolve.proposers.grammar.program import split_steps
from asi_evolve.records import Json
from asi_evolve.source.constants import read_constants

if TYPE_CHECKING:
    from asi_evolve.domain import Block

#: Doubling a count multiplies the work by 2 to this power: some counts drive a part of the work only.
_COUNT_POWER = 0.5
#: Below this a block is as good as free.
_LEAST_COST = 0.01


def log_work(grammar: Grammar, held: Mapping[str, str], values: Mapping[str, Json]) -> float:
    """Logarithm of the declared work of a program, relative to others of the grammar.

    The product over the slots of the blocks' ``cost_hint`` (over the steps of a sequence their sum) and of
    ``sqrt(value / default)`` for each constant that is a positive whole number. Unknown code counts 1.

    Args:
        grammar: The grammar.
        held: Slot -> what it holds.
        values: Its constants; missing ones count as their defaults.
    """
    total = 0.0
    for _, blocks in _held(grammar, held):
        total += math.log(max(sum(block.cost_hint for block in blocks), _LEAST_COST))
        for block in blocks:
            for constant in read_constants(block.source):
                value = values.get(constant.name)
                if constant.integer and constant.value > 0 and isinstance(value, int) and value > 0:
                    total += _COUNT_POWER * math.log(value / constant.value)
    return total


def log_promise(grammar: Grammar, held: Mapping[str, str], credit: Credit) -> float:
    """Logarithm of the expected improvement on the best rank, 1, of a program that holds these blocks."""
    effects = 0.0
    for slot, blocks in _held(grammar, held):
        every = grammar.book.of(slot)
        effects += sum(float(credit.drawn[slot][i]) for i, block in enumerate(every) if block in blocks)
    return _log_improvement((credit.average + effects - 1.0) / NOISE_SD)


def _held(grammar: Grammar, held: Mapping[str, str]) -> Iterator[tuple[str, list[Block]]]:
    """(slot, its known blocks), for the slots that hold any."""
    for slot in grammar.slots:
        here = held.get(slot.name)
        names = [] if here is None else split_steps(here) if slot.kind == "sequence" else [here]
        blocks = [block for name in names if (block := grammar.book.get(slot.name, name)) is not None]
        if blocks:
            yield slot.name, blocks


def _log_improvement(z: float) -> float:
    """log(phi(z) + z Phi(z)), the expected improvement in standard deviations."""
    z = max(z, -20.0)
    if z < -6.0:
        # Two terms of the expansion for large -z, where the difference below would cancel.
        return -0.5 * z * z - 0.5 * math.log(2.0 * math.pi) - 2.0 * math.log(-z) + math.log1p(-3.0 / (z * z))
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return math.log(density + z * 0.5 * math.erfc(-z / math.sqrt(2.0)))
