"""From a draft to a Proposal: what changed, and why, in one to three sentences and in the notes."""

from __future__ import annotations

from typing import Any

from asi_evolve.proposers.grammar.odds import TELLING, Choice
from asi_evolve.proposers.grammar.operators import Draft, Scene
from asi_evolve.proposers.grammar.program import Program
from asi_evolve.records import Json, Proposal, ProposalRequest, Used
from asi_evolve.source.blocks import UNKNOWN
from asi_evolve.source.diff import brief


def proposal(draft: Draft, program: Program, scene: Scene, request: ProposalRequest, *, learn: bool) -> Proposal:
    """The answer to ``request`` that ``draft`` makes, ``program`` being what it made."""
    held = scene.parent.blocks
    telling = [c for c in draft.choices if learn and c.credit_factor >= TELLING]
    crossed = draft.donor is not None
    return Proposal(
        files=program.files,
        motivation=" ".join([_what(draft, scene, request, held), _why(draft, scene)]).strip(),
        expected_effect=_expected(draft, scene),
        used=_used(draft),
        notes=_notes(draft, program, scene, held, credit_used=bool(telling)),
        parents=(
            None
            if request.parent is None
            else (
                request.parent.experiment_id,
                *((draft.donor.experiment_id,) if crossed and draft.donor is not None else ()),
            )
        ),
    )


def _what(draft: Draft, scene: Scene, request: ProposalRequest, held: dict[str, str]) -> str:
    parts = list(draft.steps)
    if not draft.steps:
        parts += [f"{c.slot} {c.block.name} instead of {_name(held[c.slot])}" for c in draft.choices]
    if draft.donor is not None:
        ref = draft.donor.experiment_id
        parts += [
            f"{slot} {_name(new)} of {ref} " + (f"instead of {_name(old)}" if old != new else "with its constants")
            for slot, old, new in draft.crossed
        ]
    parts += [f"{name} {brief(old)} -> {brief(new)}" for name, (old, new) in draft.constants.items()]
    base = request.parent.experiment_id if request.parent is not None else "the seed program"
    repair = "Repair: what failed is taken back; " if request.mode == "repair" else ""
    return f"{repair}{_operator_word(draft)} of {base}: {'; '.join(parts)}."


def _operator_word(draft: Draft) -> str:
    return {
        "swap": "Exchange",
        "regrow": "Redraw of all slots",
        "tune": "Tuning",
        "deepen": "Deepening",
        "cross": "Cross",
        "steps": "Change of steps",
    }[draft.operator]


def _name(block: str) -> str:
    return "other code" if block == UNKNOWN else block


def _why(draft: Draft, scene: Scene) -> str:
    """Reasons (knowledge, lessons, the parents' scores) in one sentence, the run's record of the change in another."""
    reasons = [reason for c in draft.choices for reason in _hints(c)]
    reasons += [f"lesson {lesson.lesson_id or 'of the run'}: {_clause(lesson.text)}" for lesson in draft.lessons[:2]]
    if draft.operator == "cross" and draft.donor is not None and draft.donor.value is not None:
        reasons.append(f"{draft.donor.experiment_id} scored {draft.donor.value:.6g}")
    record = _record(draft.choices, scene)
    won = scene.state["operators"].get(draft.operator)
    if not record and won is not None and scene.learn:
        record.append(f"{_operator_word(draft).lower()} improved on the parent in {won[3]} of {won[2]} tries")
    sentences = [f"Because {'; '.join(dict.fromkeys(reasons))}."] if reasons else []
    return " ".join([*sentences, *([f"So far: {'; '.join(record)}."] if record else [])])


def _record(choices: list[Choice], scene: Scene) -> list[str]:
    """What the run knows of the blocks that are brought in."""
    if not scene.learn or not scene.state["count"]:
        return []
    reasons: list[str] = []
    new: list[str] = []
    for c in choices:
        tried, won = scene.state["blocks"].get(f"{c.slot}/{c.block.name}", [0, 0])
        if tried:
            reasons.append(f"{c.block.name} improved on the parent in {won} of {tried} tries")
        elif c.fresh:
            new.append(c.block.name)
    if new:
        names = ", ".join(new[:-1]) + (" and " if len(new) > 1 else "") + new[-1]
        reasons.append(f"{names} {'is' if len(new) == 1 else 'are'} untried in this run")
    return reasons


def _hints(chosen: Choice) -> list[str]:
    """The knowledge item and the lesson that raised the odds of a block."""
    name = chosen.block.name
    hints = [f"{name} comes from [{item.item_id}] {_clause(item.title)}" for item in chosen.items[:1]]
    hints += [f"lesson {lesson.lesson_id or 'of the run'}: {_clause(lesson.text)}" for lesson in chosen.lessons[:1]]
    return hints


def _clause(text: str) -> str:
    return text.strip().rstrip(".")


def _expected(draft: Draft, scene: Scene) -> str:
    known = [
        (c, float(scene.credit.mean[c.slot][[b.name for b in scene.grammar.book.of(c.slot)].index(c.block.name)]))
        for c in draft.choices
        if scene.learn and scene.state["blocks"].get(f"{c.slot}/{c.block.name}")
    ]
    if known:
        words = ", ".join(f"{c.block.name} {effect:+.2f}" for c, effect in known)
        return f"Credit so far, in ranks from 0 to 1: {words}."
    if draft.operator == "tune":
        return "A small change of the score either way."
    if draft.operator == "deepen":
        return "More work of the same kind: as good or better, at a higher cost."
    if draft.operator == "cross":
        return "The better parts of both parents together."
    return "Unknown: not tried in this run."


def _used(draft: Draft) -> tuple[Used, ...]:
    used: dict[tuple[str, str], Used] = {}
    for c in draft.choices:
        for item in c.items:
            used.setdefault(("cognition", item.item_id), Used("cognition", item.item_id, f"block {c.block.name}"))
        for lesson in c.lessons:
            if lesson.lesson_id:
                used.setdefault(("lesson", lesson.lesson_id), Used("lesson", lesson.lesson_id, f"odds of {c.slot}"))
    for lesson in draft.lessons:
        if lesson.lesson_id:
            used.setdefault(("lesson", lesson.lesson_id), Used("lesson", lesson.lesson_id, "choice of constants"))
    if draft.donor is not None:
        slots = ", ".join(slot for slot, _, _ in draft.crossed)
        ref = draft.donor.experiment_id
        used.setdefault(("experiment", ref), Used("experiment", ref, f"took {slots}"))
    return tuple(used.values())


def _notes(draft: Draft, program: Program, scene: Scene, held: dict[str, str], *, credit_used: bool) -> dict[str, Json]:
    now = program.blocks
    changed = [slot for slot in now if now[slot] != held.get(slot)]
    crossed = [slot for slot, _, _ in draft.crossed if slot not in changed]
    slots = [slot.name for slot in scene.grammar.slots if slot.name in now]
    constants: dict[str, Any] = {c.name: c.value for slot in slots for c in program.constants(slot)}
    return {
        "operator": draft.operator,
        "slots": now,
        "changed": [*changed, *crossed, *draft.constants],
        "brought": [[c.slot, c.block.name] for c in draft.choices]
        + [[slot, new] for slot, old, new in draft.crossed if new not in (old, UNKNOWN)],
        "constants": constants,
        "credit_used": credit_used,
    }
