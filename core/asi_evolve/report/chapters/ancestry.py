"""How the best came about: the family tree, and each step with its change, its reason and what it gave."""

from __future__ import annotations

from typing import Literal

from asi_evolve.report.chapters.common import axis, plural
from asi_evolve.report.data import Report
from asi_evolve.report.descent import FIRST, LAST
from asi_evolve.report.descent import Step as Generation
from asi_evolve.report.document import Block, Bullets, Code, Figure, Fold, Prose, Section, Step, Steps
from asi_evolve.report.figures.axes import NARROW, WIDE
from asi_evolve.report.figures.tree import tree
from asi_evolve.report.programs import program_diff
from asi_evolve.report.text import number, one_line, signed

#: Lines of the diffs of all steps together, and of one step at most: a long line of descent must not fill megabytes.
_ALL_LINES, _ONE_STEP = 6000, 200


def ancestry_section(report: Report) -> Section | None:
    """The line of descent of the best; None without one."""
    if not report.lineage or report.best is None:
        return None
    blocks: list[Block] = []
    chain = report.lineage
    if len(chain) == 1:
        words = (
            "The best is a seed program: no round improved on it."
            if report.best.candidate.origin == "seed"
            else "The best has no parent: it was not made from another program of the run."
        )
        blocks.append(Prose(words))
    else:
        ups = sum(step.gain is not None and step.gain > 0 for step in chain)
        blocks.append(
            Prose(
                "One generation leads from the seed to the best."
                if len(chain) == 2
                else f"{len(chain) - 1:,} generations lead from the seed to the best; {ups:,} of them improved on "
                "their parent. A step that did not is in the line because a later one built on it."
            )
        )
        blocks.append(_tree(report))
    if len(chain) > FIRST + LAST:
        blocks.append(
            Prose(
                f"The first {FIRST} and the last {LAST} generations are told in full; of those between, the value, "
                "the gain "
                "and what was changed. `asievolve show` tells the rest.",
                "note",
            )
        )
    blocks.append(Steps(tuple(_steps(report))))
    used = _references(report)
    if used:
        blocks += [Prose("Knowledge that this line used:"), Bullets(tuple(used))]
    return Section("descent", "How the best came about", tuple(blocks))


def _tree(report: Report) -> Figure:
    line = [step.experiment.experiment_id for step in report.lineage]
    drawn = {
        width: tree(report.rows, report.series.values, line, name=axis(report), width=width) for width in (WIDE, NARROW)
    }
    caption = (
        "Each valid program at its round and value, joined to its main parent. Numbers count the generations of the "
        "line to the best, as in the list below."
    )
    if drawn[WIDE].below:
        caption += f" {plural(drawn[WIDE].below, 'program')} below the axis drawn on it."
    if drawn[WIDE].left_out:
        caption += f" {plural(drawn[WIDE].left_out, 'join')} thinned away."
    return Figure("tree", drawn[WIDE].svg, drawn[NARROW].svg, "family tree with the line to the best", caption)


def _steps(report: Report) -> list[Step]:
    steps = []
    lines_left = _ALL_LINES
    before: Generation | None = None
    for index, step in enumerate(report.lineage):
        changed = [("Changed", one_line("; ".join(step.changes), 600))] if step.changes else []
        folds: tuple[Fold, ...] = ()
        if index < FIRST or index >= len(report.lineage) - LAST:
            changed += _told(step)
            diff = _difference(before, step, min(_ONE_STEP, lines_left)) if before is not None else ""
            if diff:
                lines_left -= diff.count("\n") + 1
                folds = (Fold("Difference to its parent", (Code(diff, "diff"),)),)
        steps.append(_step(report, index, step, tuple(changed), folds))
        before = step
    return steps


def _told(step: Generation) -> list[tuple[str, str]]:
    """Why it was tried, and what came of it."""
    candidate, analysis = step.experiment.candidate, step.experiment.analysis
    lines = [("Why", one_line(candidate.motivation or candidate.origin, 1000))]
    if candidate.expected_effect:
        lines.append(("Expected", one_line(candidate.expected_effect, 500)))
    if analysis is not None and analysis.summary:
        lines.append(("Found", one_line(analysis.summary, 1000)))
    lines += [
        ("Told by a model, not measured", one_line(verdict.message, 1000))
        for verdict in step.experiment.verdicts
        if verdict.check in ("judge", "opinion") and verdict.message
    ]
    if candidate.parents[1:]:
        lines.append(("Also from", ", ".join(candidate.parents[1:])))
    if step.children:
        lines.append(("Children", f"{plural(step.children, 'program')} made from it, {step.improved} better than it"))
    return lines


def _difference(before: Generation, step: Generation, most: int) -> str:
    if most <= 0:
        return ""
    parent, child = before.experiment.candidate, step.experiment.candidate
    return program_diff(parent.files, child.files, (parent.experiment_id, child.experiment_id), most)


def _step(
    report: Report, index: int, step: Generation, lines: tuple[tuple[str, str], ...], folds: tuple[Fold, ...]
) -> Step:
    experiment = step.experiment
    stage = f", stage {experiment.stage}" if len(report.stages) > 1 and experiment.stage else ""
    place = f"round {experiment.round}" if experiment.round else experiment.candidate.origin
    return Step(
        title=f"{index}. {experiment.experiment_id}, {place}{stage}",
        value=number(experiment.value),
        gain=signed(step.gain) if step.gain is not None else "",
        direction=_direction(step.gain),
        lines=lines,
        folds=folds,
    )


def _direction(gain: float | None) -> Literal["up", "down", "same", ""]:
    return "" if gain is None else "up" if gain > 0 else "down" if gain < 0 else "same"


def _references(report: Report) -> list[str]:
    """Knowledge items that a step of the line says that it used, in the order of use."""
    ids = [
        used.ref_id for step in report.lineage for used in step.experiment.candidate.used if used.kind == "cognition"
    ]
    out = []
    for ref in dict.fromkeys(ids):
        item = report.references.get(ref)
        out.append(ref if item is None else one_line(f"{item.title} ({ref}). {item.source}", 500))
    return out
