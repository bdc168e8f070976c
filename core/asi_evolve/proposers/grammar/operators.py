"""The operators: each plans a new program from a parent. They draw; they learn nothing.

``swap`` exchanges one to three blocks, ``regrow`` all of them, ``tune`` mutates constants, ``deepen`` raises
counts, ``cross`` takes slots from an inspiration, ``steps`` drops, inserts, replaces or
moves steps of a sequence. Each returns None where it does not apply. A draft says what it will hold before its
program is made, which takes longer and raises SourceError where the parts do not fit together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asi_evolve.domain import Block, Slot
from asi_evolve.proposers.grammar.credit import Credit
from asi_evolve.proposers.grammar.draws import mutated
from asi_evolve.proposers.grammar.frame import Grammar
from asi_evolve.proposers.grammar.odds import Choice, Knowledge, choice, counts, pick
from asi_evolve.proposers.grammar.options import GrammarOptions
from asi_evolve.proposers.grammar.program import Program, known, split_steps
from asi_evolve.proposers.grammar.state import constant_key
from asi_evolve.records import Experiment, Json, Lesson
from asi_evolve.source.blocks import ARROW
from asi_evolve.source.constants import Constant, read_constants, set_constants

if TYPE_CHECKING:
    import numpy as np

#: Share of a block's constants that get a small push when the block is brought in.
_JITTER = 0.3
#: What ``deepen`` may multiply the work by.
_FACTORS = (1.5, 3.0)


@dataclass(slots=True)
class Draft:
    """A program that could be made, and what is done to it."""

    operator: str
    make: Callable[[], Program]
    """Makes the program; to be called once, since it may draw."""
    holds: dict[str, str]
    """What each slot will hold."""
    values: dict[str, Json]
    """The constants that it will have, as far as they are known before it is made."""
    choices: list[Choice] = field(default_factory=list)
    """Blocks that were brought in."""
    crossed: list[tuple[str, str, str]] = field(default_factory=list)
    """(slot, what it held, what it holds now) for slots taken from ``donor``."""
    donor: Experiment | None = None
    constants: dict[str, tuple[Json, Json]] = field(default_factory=dict)
    """Name -> (before, after), for constants of slots that were not exchanged."""
    steps: list[str] = field(default_factory=list)
    """What was done to sequences, in words."""
    lessons: tuple[Lesson, ...] = ()
    """Lessons that drew attention to a constant."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the operators work with: the parent, the odds and the random numbers of one proposal."""

    grammar: Grammar
    options: GrammarOptions
    parent: Program
    donors: tuple[tuple[Experiment, Program], ...]
    state: Mapping[str, Any]
    credit: Credit
    knowledge: Knowledge
    rng: np.random.Generator
    learn: bool
    constants: Mapping[str, tuple[Constant, ...]]
    """Slot -> constants of the parent."""
    avoid: frozenset[str] = frozenset()
    """Slots to leave alone (a repair changes the slots that failed first)."""

    @property
    def plain_slots(self) -> list[Slot]:
        """Function and class slots that may change and have blocks."""
        return [s for s in self._open() if s.kind != "sequence" and self.grammar.book.of(s.name)]

    @property
    def sequences(self) -> list[Slot]:
        """Sequences that may change and have blocks."""
        return [s for s in self._open() if s.kind == "sequence" and self.grammar.book.of(s.name)]

    @property
    def values(self) -> dict[str, Json]:
        """The parent's constants."""
        return {c.name: c.value for found in self.constants.values() for c in found}

    def _open(self) -> list[Slot]:
        held = self.parent.blocks
        return [slot for slot in self.grammar.slots if slot.name in held and slot.name not in self.avoid]

    def choices(self, slot: str, *, current: bool = False) -> list[Choice]:
        """What may be brought into a slot, with odds; with ``current`` the block that it holds too."""
        blocks = self.grammar.book.of(slot)
        here = self.parent.blocks.get(slot)
        number = next((i for i, block in enumerate(blocks) if block.name == here), -1)
        return [
            choice(self.grammar, self.credit, self.knowledge, self.options, slot, block, number, learn=self.learn)
            for i, block in enumerate(blocks)
            if current or i != number
        ]


def swap(scene: Scene) -> Draft | None:
    """Exchange the blocks of one to three slots; more at the start of a run, when little is known."""
    choices = [c for slot in scene.plain_slots for c in scene.choices(slot.name)]
    if not choices:
        return None
    extra = scene.options.extra_swaps * max(0.25, 0.92 ** scene.state["count"])
    count = 1 + int(scene.rng.binomial(2, extra))
    return _bringing(scene, "swap", pick(choices, count, scene.rng))


def regrow(scene: Scene) -> Draft | None:
    """Draw every slot anew by the odds, the blocks that it holds included."""
    if len(scene.plain_slots) < 2:
        return None
    held = scene.parent.blocks
    drawn = [pick(scene.choices(slot.name, current=True), 1, scene.rng)[0] for slot in scene.plain_slots]
    changed = [chosen for chosen in drawn if chosen.block.name != held[chosen.slot]]
    return _bringing(scene, "regrow", changed) if changed else None


def tune(scene: Scene) -> Draft | None:
    """Mutate some constants of the parent: telling ones (by lessons) more often, those that moved nothing less."""
    slots = [slot.name for slot in scene.grammar.slots if slot.name not in scene.avoid]
    found = [c for slot in slots for c in scene.constants.get(slot, ()) if c.alternatives or c.numeric]
    if not found:
        return None
    share = max(0.3, 1.0 / len(found))
    lessons = [scene.knowledge.lessons.get(f"constant:{c.name}", ()) for c in found]
    held = scene.parent.blocks
    record = [scene.state["moved"].get(constant_key(c.name, held), [0, 0]) if scene.learn else [0, 0] for c in found]
    weight = [
        # Laplace's rule of succession, twice it, so that an untried constant weighs 1.
        2.0 * (moved + 1.0) / (tried + 2.0)
        + scene.options.lesson_strength * sum(lesson.confidence * min(abs(lesson.effect), 1.0) for lesson in about)
        for about, (tried, moved) in zip(lessons, record, strict=True)
    ]
    drawn = scene.rng.random(len(found))
    chosen = [i for i in range(len(found)) if drawn[i] < 1.0 - (1.0 - share) ** weight[i]]
    if not chosen:
        chosen = [min(range(len(found)), key=lambda i: drawn[i] / weight[i])]
    values: dict[str, Json] = {}
    for i in chosen:
        value = mutated(found[i], scene.state["step"], scene.rng)
        if value != found[i].value:
            values[found[i].name] = value
    if not values:
        return None
    before = {c.name: c.value for c in found}
    return Draft(
        "tune",
        lambda: scene.parent.with_constants(values),
        scene.parent.blocks,
        {**scene.values, **values},
        constants={name: (before[name], value) for name, value in values.items()},
        lessons=tuple(lesson for i in chosen for lesson in lessons[i] if counts(lesson, scene.options)),
    )


def deepen(scene: Scene) -> Draft | None:
    """Spend more of the budget: raise counts of the parent (whole numbers on a logarithmic scale).

    How much CPU time the parent used is deliberately not asked: it is a measurement, and what a seed proposes must
    not depend on one. A child that runs into its limit counts against this operator.
    """
    slots = [slot.name for slot in scene.grammar.slots if slot.name not in scene.avoid]
    found = [c for slot in slots for c in scene.constants.get(slot, ()) if c.integer and c.log and c.high is not None]
    found = [c for c in found if c.high is not None and c.value < c.high]
    if not found:
        return None
    factor = math.exp(scene.rng.uniform(math.log(_FACTORS[0]), math.log(_FACTORS[1])))
    drawn = scene.rng.random(len(found))
    chosen = [c for c, x in zip(found, drawn, strict=True) if x < 0.5] or [found[int(drawn.argmin())]]
    each = factor ** (1.0 / len(chosen))
    values = {c.name: min(math.ceil(c.value * each), math.floor(c.high or 0)) for c in chosen}
    return Draft(
        "deepen",
        lambda: scene.parent.with_constants(values),
        scene.parent.blocks,
        {**scene.values, **values},
        constants={c.name: (c.value, values[c.name]) for c in chosen},
    )


def cross(scene: Scene) -> Draft | None:
    """Take one or more slots, constants included, from an inspiration; the better its block, the likelier."""
    held = scene.parent.blocks
    pairs: list[tuple[Experiment, Program, list[str]]] = []
    for experiment, donor in scene.donors:
        other = donor.blocks
        names = [slot.name for slot in [*scene.plain_slots, *scene.sequences] if slot.name in other]
        differ = [name for name in names if donor.slot_text(name) != scene.parent.slot_text(name)]
        if differ:
            pairs.append((experiment, donor, differ))
    if not pairs:
        return None
    experiment, donor, differ = pairs[int(scene.rng.integers(len(pairs)))]
    other = donor.blocks
    gain = {name: _effect(scene, name, other[name]) - _effect(scene, name, held[name]) for name in differ}
    taken = [name for name in differ if scene.rng.random() < _logistic(gain[name] / scene.options.temperature)]
    if not taken:
        taken = [max(differ, key=lambda name: gain[name])]
    if len(taken) == len(differ) > 1:
        taken.remove(min(taken, key=lambda name: gain[name]))

    def make() -> Program:
        program = scene.parent
        for name in taken:
            program = program.with_slot_of(donor, name)
        return program

    return Draft(
        "cross",
        make,
        {**held, **{name: other[name] for name in taken}},
        {**scene.values, **{c.name: c.value for name in taken for c in donor.constants(name)}},
        crossed=[(name, held[name], other[name]) for name in taken],
        donor=experiment,
    )


def steps(scene: Scene) -> Draft | None:
    """Drop, insert, replace or move one step of a sequence."""
    if not scene.sequences:
        return None
    slot = scene.sequences[int(scene.rng.integers(len(scene.sequences)))].name
    book = scene.grammar.book
    now = scene.parent.steps(slot)
    names = split_steps(scene.parent.blocks[slot])
    absent = [c for c in scene.choices(slot) if book.step_name(slot, c.block) not in now]
    actions = [
        *(["insert"] if absent else []),
        *(["replace"] if absent and now else []),
        *(["drop", "move"] if len(now) > 1 else []),
    ]
    if not actions:
        return None
    action = actions[int(scene.rng.integers(len(actions)))]
    draft = Draft("steps", lambda: scene.parent, scene.parent.blocks, scene.values)
    new: list[str] = list(now)
    brought: list[Block] = []
    if action in ("drop", "replace"):
        # The worse a step's credit, the likelier it goes.
        keys = [-_effect(scene, slot, name) / scene.options.temperature + float(scene.rng.gumbel()) for name in names]
        gone = max(range(len(names)), key=lambda i: keys[i])
        del new[gone]
        draft.steps.append(f"step {names[gone]} of {slot} dropped")
    if action in ("insert", "replace"):
        chosen = pick(absent, 1, scene.rng)[0]
        step = book.step_name(slot, chosen.block)
        place = int(scene.rng.integers(len(new) + 1)) if action == "insert" else gone
        new.insert(place, step)
        brought = [chosen.block]
        draft.choices.append(chosen)
        draft.steps.append(f"step {chosen.block.name} put at place {place + 1} of {slot}")
    if action == "move":
        start = int(scene.rng.integers(len(new)))
        step = new.pop(start)
        places = [i for i in range(len(new) + 1) if i != start]
        place = places[int(scene.rng.integers(len(places)))]
        new.insert(place, step)
        draft.steps.append(f"step {names[start]} of {slot} moved from place {start + 1} to {place + 1}")
    draft.make = lambda: scene.parent.with_steps(slot, new, brought)
    draft.holds[slot] = ARROW.join(book.block_of_step(slot, step) for step in new)
    return draft


#: Name -> operator, in a fixed order.
OPERATORS: Mapping[str, Callable[[Scene], Draft | None]] = {
    "swap": swap,
    "regrow": regrow,
    "tune": tune,
    "deepen": deepen,
    "cross": cross,
    "steps": steps,
}


def _bringing(scene: Scene, operator: str, choices: list[Choice]) -> Draft:
    """Blocks brought in, each with the constants of the best program that held it, or its own defaults.

    About a third of the constants get a small push when the program is made.
    """
    sources: dict[str, str] = {}
    values = scene.values
    for chosen in choices:
        source = chosen.block.source
        constants = read_constants(source)
        tuned = scene.state["tuned"].get(f"{chosen.slot}/{chosen.block.name}") if scene.learn else None
        if tuned is not None:
            source = set_constants(
                source,
                {c.name: tuned[1][c.name] for c in constants if c.name in tuned[1] and not c.problem(tuned[1][c.name])},
            )
        sources[chosen.slot] = source
        values.update({c.name: c.value for c in read_constants(source)})

    def make() -> Program:
        for slot, source in sources.items():
            pushed = {
                constant.name: mutated(constant, scene.state["step"], scene.rng)
                for constant in read_constants(source)
                if scene.rng.random() < _JITTER
            }
            sources[slot] = set_constants(source, pushed)
        return scene.parent.with_sources(sources, [line for c in choices for line in c.block.imports])

    holds = {**scene.parent.blocks, **{c.slot: c.block.name for c in choices}}
    return Draft(operator, make, holds, values, choices=choices)


def _effect(scene: Scene, slot: str, block: str) -> float:
    names = [b.name for b in scene.grammar.book.of(slot)]
    parts = split_steps(block) if known(block) else []
    return sum(float(scene.credit.drawn[slot][names.index(part)]) for part in parts if part in names)


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(x, -50.0), 50.0)))
