"""Odds of bringing a block into a slot: credit, retrieved knowledge and lessons as factors that multiply."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asi_evolve.domain import Block
from asi_evolve.proposers.grammar.credit import Credit
from asi_evolve.proposers.grammar.frame import Grammar
from asi_evolve.proposers.grammar.options import GrammarOptions
from asi_evolve.records import CognitionItem, Lesson

if TYPE_CHECKING:
    import numpy as np

#: A learned factor at least this far from 1 is said to have been used.
TELLING = 1.25


@dataclass(frozen=True, slots=True)
class Choice:
    """Bringing one block into one slot."""

    slot: str
    block: Block
    log_odds: float
    credit_factor: float
    """What the posterior means of the two blocks contribute to the odds."""
    fresh: bool
    """No program of the run held the block yet."""
    items: tuple[CognitionItem, ...] = ()
    lessons: tuple[Lesson, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a request brings, looked up by subject."""

    items: dict[str, tuple[CognitionItem, ...]] = field(default_factory=dict)
    """Block name -> items that name it."""
    lessons: dict[str, tuple[Lesson, ...]] = field(default_factory=dict)
    """``about`` -> lessons."""


def knowledge(grammar: Grammar, items: Iterable[CognitionItem], lessons: Iterable[Lesson]) -> Knowledge:
    """Items by the blocks that they name, or that name them; lessons by their subject."""
    found: dict[str, tuple[CognitionItem, ...]] = {}
    for item in items:
        for slot in grammar.slots:
            for block in grammar.book.of(slot.name):
                if block.name in item.blocks or item.item_id in block.cognition_ids:
                    found[block.name] = (*found.get(block.name, ()), item)
    about: dict[str, tuple[Lesson, ...]] = {}
    for lesson in lessons:
        about[lesson.about] = (*about.get(lesson.about, ()), lesson)
    return Knowledge(found, about)


def choice(
    grammar: Grammar,
    credit: Credit,
    known: Knowledge,
    options: GrammarOptions,
    slot: str,
    block: Block,
    current: int,
    *,
    learn: bool,
) -> Choice:
    """The odds of ``block`` in ``slot``, beside those of the block number ``current`` (-1: unknown code, or none).

    log(odds) = (drawn effect - drawn effect of the current block) / temperature
                + log(cognition_boost) if an item names the block
                + lesson_strength * sum(confidence * effect) over lessons on the block and on changing the slot,
                  less those on the current block
                + log(novelty_boost) if no program of the run held it (with ``learn``).
    """
    blocks = grammar.book.of(slot)
    number = next(i for i, other in enumerate(blocks) if other is block)
    drawn, mean = credit.drawn[slot], credit.mean[slot]
    base = (float(drawn[current]), float(mean[current])) if current >= 0 else (0.0, 0.0)
    log_odds = (float(drawn[number]) - base[0]) / options.temperature
    factor = math.exp(min(max((float(mean[number]) - base[1]) / options.temperature, -50.0), 50.0))
    fresh = bool(credit.held[slot][number] == 0)
    if learn and fresh:
        log_odds += math.log(options.novelty_boost)
        factor = 1.0
    items = known.items.get(block.name, ())
    if items:
        log_odds += math.log(options.cognition_boost)
    for_it = _lessons(known, slot, block.name)
    against = _lessons(known, slot, blocks[current].name) if current >= 0 else ()
    on_slot = known.lessons.get(f"slot:{slot}", ())
    log_odds += options.lesson_strength * (_weight(for_it) - _weight(against) + _weight(on_slot))
    telling = (
        *(lesson for lesson in (*for_it, *on_slot) if lesson.effect > 0 and counts(lesson, options)),
        *(lesson for lesson in against if lesson.effect < 0 and counts(lesson, options)),
    )
    return Choice(slot, block, log_odds, factor, fresh, items, telling)


def counts(lesson: Lesson, options: GrammarOptions) -> bool:
    """Whether a lesson moves odds enough (by a tenth) to be named as used."""
    return options.lesson_strength * lesson.confidence * min(abs(lesson.effect), 1.0) >= 0.1


def _lessons(known: Knowledge, slot: str, block: str) -> tuple[Lesson, ...]:
    return (*known.lessons.get(f"block:{block}", ()), *known.lessons.get(f"block:{slot}.{block}", ()))


def _weight(lessons: Iterable[Lesson]) -> float:
    return sum(lesson.confidence * min(max(lesson.effect, -1.0), 1.0) for lesson in lessons)


def pick(choices: list[Choice], count: int, rng: np.random.Generator) -> list[Choice]:
    """At most ``count`` choices of different slots, each drawn in proportion to its odds (Gumbel's trick)."""
    keyed = [(c.log_odds + float(rng.gumbel()), i) for i, c in enumerate(choices)]
    picked: list[Choice] = []
    for _, i in sorted(keyed, reverse=True):
        if len(picked) < count and choices[i].slot not in {c.slot for c in picked}:
            picked.append(choices[i])
    return picked
