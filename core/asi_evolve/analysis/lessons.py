"""Lessons from one experiment, in the form that the next proposal uses."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from asi_evolve.analysis.facts import Facts, failure
from asi_evolve.analysis.spread import Scale
from asi_evolve.errors import NotFoundError
from asi_evolve.history import History
from asi_evolve.records import Lesson
from asi_evolve.source.blocks import UNKNOWN
from asi_evolve.source.diff import Change

#: Failures of programs that hold a block, out of its last uses, from which it is called fragile.
FRAGILE_FAILURES = 3
_TAIL = 48
#: A difference of this many spreads counts in full.
_FULL = 1.0
#: The size of an effect as long as the run has no spread to measure it by.
_UNSCALED = 0.5
#: Below this a lesson is not worth writing down: too many things changed at once.
_LEAST = 0.1


def lessons_of(
    facts: Facts,
    scale: Scale,
    held: Mapping[str, str],
    history: History,
    known: tuple[Lesson, ...],
    tolerance: float,
) -> tuple[Lesson, ...]:
    """What the experiment teaches; several changes at once share the blame.

    The confidence is divided by the number of changes, and below 0.1 nothing is written.

    The effect of a lesson is in units of the run's spread, at most 1 either way; -1 for a failure. A lesson that
    says the same of the same subject as one in ``known`` is more confident, and cites its evidence too.
    """
    return tuple(_strengthened(lesson, known) for lesson in _raw(facts, scale, held, history, tolerance))


def _raw(facts: Facts, scale: Scale, held: Mapping[str, str], history: History, tolerance: float) -> Iterator[Lesson]:
    evidence = [facts.experiment.experiment_id]
    if facts.parent is not None:
        evidence.append(facts.parent.experiment_id)
    parts = [change for change in facts.changes if change.kind != "code"]
    failed = failure(facts.experiment)
    if failed is not None:
        if facts.experiment.status in ("rejected", "interrupted", "killed"):
            return  # Says nothing about what the program does.
        yield from _fragile(facts, held, history)
        for change in parts:
            about = _about(change)
            if about and (change.after is not None):
                text = f"{change.text}: {failed[0].replace('_', ' ')}"
                yield Lesson(text, _shared(0.6, parts), about, tuple(evidence), -1.0)
        return
    if facts.to_parent is None:
        return
    effect = min(max(scale.units(facts.to_parent), -_FULL), _FULL)
    if abs(facts.to_parent) <= tolerance:
        effect = 0.0
    elif scale.spread == 0:
        effect = math.copysign(_UNSCALED, facts.to_parent)
    for change in parts:
        about = _about(change)
        if not about:
            continue
        dropped = change.kind == "step" and change.after is None
        moved = f"{facts.to_parent:+.6g}" if effect else "no difference"
        confidence = _confidence(effect, parts)
        if confidence < _LEAST:
            continue
        together = f" (together with {len(parts) - 1} other changes)" if len(parts) > 1 else ""
        yield Lesson(
            f"{change.text}: {moved}{together}",
            _confidence(effect, parts),
            about,
            tuple(evidence),
            -effect if dropped else effect,
        )


def _about(change: Change) -> str:
    if change.kind == "constant":
        return f"constant:{change.name}"
    if change.kind == "step":
        return f"block:{change.name}" if change.before is None or change.after is None else f"slot:{change.slot}"
    if change.kind == "slot":
        return f"block:{change.after}" if change.after not in (UNKNOWN, None) else f"slot:{change.slot}"
    return ""


def _shared(confidence: float, parts: list[Change]) -> float:
    return round(confidence / max(len(parts), 1), 3)


def _confidence(effect: float, parts: list[Change]) -> float:
    return _shared(0.3 + 0.4 * abs(effect), parts)


def _fragile(facts: Facts, held: Mapping[str, str], history: History) -> Iterator[Lesson]:
    """Blocks that keep failing: in the last uses at least three failures, and more failures than successes."""
    failures: dict[str, list[str]] = {}
    uses: dict[str, int] = {}
    for entry in history.tail(_TAIL):
        if entry.round == 0 or entry.status in ("rejected", "interrupted", "killed"):
            continue
        blocks = _blocks_of(history, entry.experiment_id)
        for slot, block in blocks.items():
            key = f"{slot}\0{block}"
            uses[key] = uses.get(key, 0) + 1
            if not entry.valid:
                failures.setdefault(key, []).append(entry.experiment_id)
    for slot, block in held.items():
        key = f"{slot}\0{block}"
        count, total = len(failures.get(key, [])) + 1, uses.get(key, 0) + 1
        if block != UNKNOWN and count >= FRAGILE_FAILURES and 2 * count > total:
            text = f"{block} in {slot} is fragile: {count} of its last {total} uses failed"
            evidence = (facts.experiment.experiment_id, *failures[key][-3:])
            yield Lesson(text, round(count / total, 3), f"block:{block}", evidence, -1.0)


def _blocks_of(history: History, experiment_id: str) -> Mapping[str, str]:
    try:
        slots = history.experiment(experiment_id).notes.get("slots", {})
    except (KeyError, NotFoundError):
        return {}
    return {str(k): str(v) for k, v in slots.items()} if isinstance(slots, Mapping) else {}


def _strengthened(lesson: Lesson, known: tuple[Lesson, ...]) -> Lesson:
    before = next((k for k in known if k.about == lesson.about and k.effect * lesson.effect > 0), None)
    if before is None:
        return lesson
    # Two independent confirmations: 1 - (1 - a)(1 - b), damped because they are rarely quite independent.
    confidence = round(min(0.95, 1.0 - (1.0 - lesson.confidence) * (1.0 - 0.5 * before.confidence)), 3)
    evidence = tuple(dict.fromkeys([*lesson.evidence, *before.evidence]))[:6]
    return Lesson(lesson.text, confidence, lesson.about, evidence, (lesson.effect + before.effect) / 2.0)
