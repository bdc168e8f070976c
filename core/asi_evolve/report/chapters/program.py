"""The best program: its source, what differs from the seed, and what each difference is worth."""

from __future__ import annotations

from asi_evolve.report.ablation import AblationResult, Effect
from asi_evolve.report.changes import candidate_changes
from asi_evolve.report.chapters.common import aligned, axis, plural, precise
from asi_evolve.report.data import Report
from asi_evolve.report.document import Block, Bullets, Code, Facts, Figure, Fold, Prose, Section, Table
from asi_evolve.report.figures.axes import NARROW, WIDE
from asi_evolve.report.figures.effects import effects_chart
from asi_evolve.report.programs import program_diff
from asi_evolve.report.text import number, one_line, seconds, signed, when
from asi_evolve.source.diff import Change, brief

#: Characters of one file that are shown.
_MOST_SOURCE = 200_000


def program_section(report: Report) -> Section | None:
    """Source and differences of the best; None without one."""
    best = report.best
    if best is None:
        return None
    blocks: list[Block] = []
    if best.score is not None and best.score.metrics:
        blocks.append(Facts(tuple((name, number(value, 6)) for name, value in best.score.metrics.items())))
    if best.score is not None and best.score.feedback:
        blocks.append(Prose(f"The scorer said: {one_line(best.score.feedback, 600)}", "note"))
    for index, path in enumerate(sorted(best.candidate.files)):
        source = best.candidate.files[path]
        shown = source if len(source) <= _MOST_SOURCE else source[:_MOST_SOURCE] + "\n... cut here"
        lines = source.count("\n") + 1
        blocks.append(
            Fold(f"{path}, {plural(lines, 'line')}", (Code(shown, "python"),), open=index == 0 and lines < 40)
        )
    if report.seed is not None and report.seed.experiment_id != best.experiment_id:
        diff = program_diff(report.seed.files, best.candidate.files, (report.seed.experiment_id, best.experiment_id))
        if diff:
            blocks.append(Fold(f"Difference to the seed {report.seed.experiment_id}", (Code(diff, "diff"),)))
    if len(report.lineage) > 2:
        parent = report.lineage[-2].experiment.candidate
        diff = program_diff(parent.files, best.candidate.files, (parent.experiment_id, best.experiment_id))
        if diff:
            blocks.append(Fold(f"Difference to its parent {parent.experiment_id}", (Code(diff, "diff"),)))
    return Section("program", "The best program", tuple(blocks))


def changes_section(report: Report) -> Section | None:
    """What differs from the seed, with the measured worth of each difference where there is an ablation."""
    best, seed = report.best, report.seed
    if best is None or seed is None or seed.experiment_id == best.experiment_id:
        return None
    found = candidate_changes(seed, best.candidate, report.domain)
    if report.ablation is not None:
        return Section(
            "changes", "What each change is worth", tuple(_measured(report, report.ablation)), "measured after the run"
        )
    blocks: list[Block] = []
    if found:
        blocks.append(Prose(f"Differences to {seed.experiment_id}: {len(found)}."))
        blocks.append(
            Table(
                ("what", "in the seed", "in the best"),
                tuple((_name(change), _word(change.before), _word(change.after)) for change in found),
            )
        )
    blocks.append(
        Prose(
            "It was not measured which of them matter. This measures each, set back alone, in the sandbox and on "
            "the same "
            "seeds; it takes about as much CPU time as one round for each difference:"
        )
    )
    blocks.append(Code(f"asievolve report {report.info.run_id} --ablate", "sh"))
    return Section("changes", "What differs from the seed", tuple(blocks), "not measured")


def _name(change: Change) -> str:
    return change.name if change.kind != "step" or not change.slot else f"{change.slot}: {change.name}"


def _word(value: object) -> str:
    return "-" if value is None else value if isinstance(value, str) else brief(value)


def _measured(report: Report, ablation: AblationResult) -> list[Block]:
    base = ablation.base
    blocks: list[Block] = [
        Prose(
            f"Each difference to {base} was set back alone and the rest of the program kept; then it was executed and "
            f"scored at stage {ablation.stage} on the same seeds, {plural(ablation.replicates, 'replicate')} "
            "each. This "
            "was measured after the run and played no part in it."
        )
    ]
    if ablation.reference is not None and report.best is not None and report.best.value is not None:
        moved = ablation.reference - report.best.value
        same = abs(moved) <= (report.domain.objective.tolerance if report.domain is not None else 0.0)
        blocks.append(
            Prose(
                f"The program itself gave {precise(ablation.reference)} in this sitting, "
                + (
                    "the same as in the run."
                    if same
                    else f"{signed(moved)} against the run's {precise(report.best.value)}: losses are against the new "
                    "value."
                )
            )
        )
    shown = [effect for effect in ablation.effects if effect.loss is not None]
    if shown:
        charts = [
            effects_chart(shown, name=f"loss when set back: {axis(report)}", width=width) for width in (WIDE, NARROW)
        ]
        caption = (
            "To the right: what the value loses without the change. To the left: what it would gain; such a "
            "change came "
            "along with others."
        )
        if any(effect.stderr is not None for effect in shown):
            caption += " Bars with ends: one standard error of the paired differences over replicates."
        blocks.append(Figure("ablation", charts[0], charts[1], "loss of value by change set back", caption))
    blocks.append(_table(report, ablation.effects))
    blocks.append(
        Prose(
            "Effects need not add up: changes interact, and each is measured against the whole program. One program's "
            "ablation explains this program, not the problem.",
            "note",
        )
    )
    if ablation.left_out:
        blocks += [Prose("Not measured:"), Bullets(tuple(one_line(text, 300) for text in ablation.left_out))]
    blocks.append(
        Prose(
            f"{plural(len(ablation.effects) + 1, 'program')}, {seconds(ablation.cpu_s)} of CPU time"
            f"{_ceiling(report, ablation.stage)}, isolation tier {ablation.tier}, measured "
            f"{when(ablation.measured_at)}.",
            "note",
        )
    )
    return blocks


def _ceiling(report: Report, name: str) -> str:
    """Limits and seeds of a stage, in words; empty where the domain is not known."""
    stages = report.domain.stages if report.domain is not None else ()
    stage = next((stage for stage in stages if stage.name == name), None)
    if stage is None:
        return ""
    seeds = ", ".join(map(str, stage.replicate_seeds))
    most = f"at most {stage.limits.cpu_s:g} s for each execution"
    return f" ({most}; seed {report.info.seed} of the run, {seeds} of the stage)"


def _table(report: Report, effects: tuple[Effect, ...]) -> Table:
    values = aligned([effect.value for effect in effects])
    return Table(
        ("set back", "from", "to", report.objective, "loss", "remark"),
        tuple(
            (effect.name, effect.after or "-", effect.before or "-", value, _loss(effect), _remark(effect))
            for effect, value in zip(effects, values, strict=True)
        ),
        numeric=(3, 4),
    )


def _loss(effect: Effect) -> str:
    if effect.loss is None:
        return "-"
    return signed(effect.loss) + (f" ± {number(effect.stderr, 2)}" if effect.stderr is not None else "")


def _remark(effect: Effect) -> str:
    if effect.status != "ok":
        return one_line(f"{effect.status}: {effect.error}" if effect.error else effect.status, 160)
    if effect.truncated:
        return "cut short by a limit"
    if effect.loss is not None and effect.stderr is not None and abs(effect.loss) < 2 * effect.stderr:
        return "within two standard errors of zero"
    return "no difference" if effect.loss == 0 else ""
