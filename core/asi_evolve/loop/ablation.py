"""Which of a program's changes matter: each one set back alone, executed and scored on the same seeds.

What is set back: a slot whose definition differs (with its helpers and constants), a constant that differs in a slot
that is otherwise the same, a further file; and for a slot with another block, the constants that were tuned since the
block came in. Effects need not add up: changes interact, and each is measured against the whole program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from asi_evolve.context import RunContext
from asi_evolve.domain import Domain
from asi_evolve.errors import AsiEvolveError
from asi_evolve.loop.evaluate import Evaluator, Measured
from asi_evolve.proposers.grammar.frame import Grammar
from asi_evolve.proposers.grammar.implied import with_implied_slots
from asi_evolve.proposers.grammar.program import Program, known
from asi_evolve.records import Candidate, Json
from asi_evolve.source.constants import read_constants
from asi_evolve.source.diff import Change, brief, changes
from asi_evolve.source.normalise import program_hash

Kind = Literal["none", "slot", "constant", "tuning", "file"]


@dataclass(frozen=True, slots=True)
class Variant:
    """A program with one change set back; of kind ``none`` the program itself, the reference."""

    kind: Kind
    name: str
    """The slot, constant or file; ``SLOT constants`` for a block's tuned constants."""
    before: str
    """What it is set back to, in words."""
    after: str
    """What it is in the program."""
    files: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Hash of the normalised program: what is recorded under it need not be measured again."""
        return program_hash(self.files)


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be measured of a program, and what cannot."""

    variants: tuple[Variant, ...]
    """The reference first."""
    left_out: tuple[str, ...] = ()
    """Changes that cannot be set back alone, with the reason."""


def plan(domain: Domain, base: Candidate, candidate: Candidate) -> Plan:
    """The variants of ``candidate`` with one difference to ``base`` (the program it descends from) set back.

    Raises:
        ConfigError: If the domain leaves nothing to change for the backend (no slots, no constants).
        SourceError: If a source does not parse.
    """
    grammar = Grammar.of(with_implied_slots(domain, candidate.backend), candidate.backend)
    before, after = grammar.program(base.files), grammar.program(candidate.files)
    found = changes(base.files, candidate.files, grammar.slots, grammar.entry, grammar.book)
    variants = [Variant("none", "", "", "", dict(candidate.files))]
    left_out: list[str] = []
    done: set[tuple[str, str]] = set()
    for change in found:
        try:
            made = _set_back(change, before, after, grammar.entry)
        except (AsiEvolveError, KeyError) as error:
            left_out.append(f"{change.text}: cannot be set back alone ({error})")
            continue
        if made is None:
            left_out.append(f"{change.text}: lies outside the slots and cannot be set back alone")
        elif (made.kind, made.name) not in done:
            done.add((made.kind, made.name))
            variants.append(made)
    for slot in {change.slot: None for change in found if change.kind == "slot"}:
        tuned = _untuned(after, slot)
        if tuned is not None:
            variants.append(tuned)
    same = variants[0].digest
    return Plan((variants[0], *(v for v in variants[1:] if v.digest != same)), tuple(left_out))


def _set_back(change: Change, before: Program, after: Program, entry: str) -> Variant | None:
    if change.kind == "constant":
        if change.before is None or change.after is None:
            return None
        files = after.with_constants({change.name: change.before}).files
        return Variant("constant", change.name, brief(change.before), brief(change.after), files)
    if change.slot:
        files = after.with_slot_of(before, change.slot).files
        held = [program.blocks.get(change.slot, "unknown") for program in (before, after)]
        words = [name if known(name) else "other code" for name in held]
        return Variant("slot", change.slot, words[0], words[1] if held[0] != held[1] else "rewritten", files)
    if change.name == entry:
        return None
    files = {path: text for path, text in after.files.items() if path != change.name}
    if change.name in before.files:
        files[change.name] = before.files[change.name]
    words = ["as in the seed" if change.name in before.files else "absent", "changed" if change.before else "added"]
    return Variant("file", change.name, words[0], words[1], files)


def _untuned(after: Program, slot: str) -> Variant | None:
    """The block that a slot holds, with its constants as the domain declares them; None where they are that."""
    block = after.book.get(slot, after.blocks.get(slot, ""))
    if block is None:
        return None
    declared = {constant.name: constant.value for constant in read_constants(block.source)}
    differ = {c.name: (declared[c.name], c.value) for c in after.constants(slot) if c.name in declared}
    differ = {name: pair for name, pair in differ.items() if pair[0] != pair[1]}
    if not differ:
        return None
    try:
        files = after.with_constants({name: pair[0] for name, pair in differ.items()}).files
    except AsiEvolveError:
        return None
    short = [name.rpartition(".")[2] for name in differ]
    words = [", ".join(f"{n} {brief(p[i])}" for n, p in zip(short, differ.values(), strict=True)) for i in (0, 1)]
    return Variant("tuning", f"{slot} constants", words[0], words[1], files)


def measure(
    evaluator: Evaluator, context: RunContext, candidate: Candidate, variant: Variant, stage: str
) -> tuple[Measured, dict[str, Json]]:
    """Execute and score one variant at ``stage`` on the seeds that every candidate of the run gets there.

    Returns:
        What came out, and the same as JSON for the event log.

    Raises:
        Stopped: If the evaluator was told to stop.
    """
    measured = evaluator.again(context, replace(candidate, files=dict(variant.files)), stage)
    values = [score.value if score.valid else None for score in measured.scores]
    last = measured.executions[-1] if measured.executions else None
    failed = last.error if last is not None and last.error else ""
    if not failed and measured.score is not None and not measured.score.valid:
        failed = measured.score.feedback
    return measured, {
        "experiment_id": candidate.experiment_id,
        "stage": stage,
        "kind": variant.kind,
        "name": variant.name,
        "before": variant.before,
        "after": variant.after,
        "program_hash": variant.digest,
        "status": measured.status,
        "value": measured.score.value if measured.score is not None else None,
        "values": values,
        "truncated": any(execution.truncated for execution in measured.executions),
        "cpu_s": sum(execution.cpu_s for execution in measured.executions),
        "wall_s": sum(execution.wall_s for execution in measured.executions),
        "tier": last.tier if last is not None else "",
        "error": failed[:500],
    }
