"""How the search went: the curves, the controls beside it, the ten best."""

from __future__ import annotations

from typing import Literal

from asi_evolve.config import StoreSettings
from asi_evolve.report.chapters.common import CPU_S, aligned, axis, plural
from asi_evolve.report.controls import comparison, kind_of, pairs, series_of
from asi_evolve.report.data import Report
from asi_evolve.report.document import Block, Code, Figure, Prose, Section, Table
from asi_evolve.report.figures.axes import NARROW, WIDE
from asi_evolve.report.figures.progress import enlarged, progress
from asi_evolve.report.repeat import command
from asi_evolve.report.text import number, one_line


def progress_section(report: Report) -> Section:
    """Curves by round and by CPU time; one more for each earlier stage."""
    values = [value for value in report.series.values if value is not None]
    finals = [control.series.final for control in report.controls if control.series.final is not None]
    floor = enlarged(values, finals)
    blocks: list[Block] = [_curve(report, "rounds")]
    if floor is not None:
        blocks.append(_curve(report, "rounds", floor))
    blocks.append(_curve(report, "cpu", floor))
    if len(report.stages) > 1:
        blocks.append(
            Prose(
                f"The curves above show the values at the stage “{report.stages[-1].stage}”, which the best reached. "
                "Values of different stages are not comparable, so earlier ones have pictures of their own."
            )
        )
        blocks += [_stage(report, index) for index in range(len(report.stages) - 1)]
    if report.top:
        blocks += [
            Prose(f"The {'ten best' if len(report.top) > 9 else 'best'} programs{_at_stage(report)}:"),
            _top(report),
        ]
    return Section("progress", "Progress", tuple(blocks))


def _at_stage(report: Report) -> str:
    return f" at the stage “{report.stages[-1].stage}”" if len(report.stages) > 1 else ""


def _curve(report: Report, by: Literal["rounds", "cpu"], floor: float | None = None) -> Figure:
    drawn = {
        width: progress(
            report.rows,
            report.series,
            report.controls,
            by=by,
            name=axis(report),
            width=width,
            target=report.info.target,
            floor=floor,
        )
        for width in (WIDE, NARROW)
    }
    words = "round" if by == "rounds" else "CPU seconds"
    sentences = [f"{axis(report)} by {words}."]
    if by == "rounds" and floor is not None:
        sentences = ["The same, enlarged where the better half of the programs lie."]
    elif by == "rounds":
        sentences.append(
            "Each mark is a program, in the order in which rounds were begun; the line is the best so far. The "
            "seed is round 0."
        )
    else:
        sentences.append("The horizontal axis adds up the CPU time of all programs, failed ones too, as they ended.")
    if report.controls and (floor is None or by == "cpu"):
        sentences.append("Dashed: the best so far of the control, under the same limits for each program.")
    if drawn[WIDE].below:
        where = "drawn as triangles on it" if floor is None else "not drawn"
        sentences.append(f"{plural(drawn[WIDE].below, 'value')} below the axis: {where}.")
    if drawn[WIDE].left_out:
        sentences.append(f"{plural(drawn[WIDE].left_out, 'mark')} thinned away; the lines use all rounds.")
    return Figure(
        "score-by-cpu" if by == "cpu" else "score" if floor is None else "score-enlarged",
        drawn[WIDE].svg,
        drawn[NARROW].svg,
        f"{report.objective} by {words}",
        " ".join(sentences),
    )


def _stage(report: Report, index: int) -> Figure:
    stage = report.stages[index]
    series = series_of(report.rows, stage.values)
    drawn = {
        width: progress(report.rows, series, (), by="rounds", name=f"{axis(report)}, stage {stage.stage}", width=width)
        for width in (WIDE, NARROW)
    }
    return Figure(
        f"score-stage-{index + 1}",
        drawn[WIDE].svg,
        drawn[NARROW].svg,
        f"{report.objective} by round at the stage {stage.stage}",
        f"Stage “{one_line(stage.stage, 40)}”: {plural(stage.measured, 'program')} measured.",
    )


def _top(report: Report) -> Table:
    values = aligned([row["value"] for row in report.top], 12)
    return Table(
        ("experiment", "round", report.objective, CPU_S, "origin", "why it was tried"),
        tuple(
            (
                row["experiment_id"],
                str(row["round"]),
                value + (" (cut short)" if row["truncated"] else "") + ("" if row["attested"] else " (self-reported)"),
                f"{row['cpu_s']:.1f}",
                row["origin"],
                one_line(row["motivation"] or "-", 200),
            )
            for row, value in zip(report.top, values, strict=True)
        ),
        numeric=(1, 2, 3),
    )


def controls_section(report: Report) -> Section:
    """The controls: which, how they compare, or how to make one."""
    info = report.info
    blocks: list[Block] = []
    if report.controls:
        blocks += [Prose(sentence) for sentence in comparison(report.series, report.controls)]
        blocks += _tables(report)
        if any(control.found for control in report.controls):
            blocks.append(
                Prose(
                    "These are the runs of the uniform-random control in the same database with the same problem and "
                    "settings; --control names others.",
                    "note",
                )
            )
    elif info.proposer == "random":
        blocks.append(Prose("This run is itself the uniform-random control, and has none."))
    else:
        blocks.append(
            Prose(
                "There is no control: no run of this problem by the uniform-random proposer with the same settings "
                "is in "
                "this database, and none was named. Such a run draws independent programs from the same blocks and "
                "constants, without parents, learning or knowledge, under the same limits. Make one with:"
            )
        )
        db = None if report.database == StoreSettings().db else report.database
        changes = {"proposer.name": "random", "sampler.name": None}
        blocks.append(Code(command(info, report.domain, changes=changes, db=db), "sh"))
        blocks.append(
            Prose(
                "and write this report again; it finds the control by itself in the same database, or with "
                "--control FILE:RUN in another. Several controls with seeds of their own say more than one.",
                "note",
            )
        )
    return Section("controls", "Controls", tuple(blocks))


def _tables(report: Report) -> list[Block]:
    """One table of the runs as they ended, and one at what both made."""
    series, target = report.series, report.info.target
    finals = aligned([series.final, *(control.series.final for control in report.controls)], 12)
    names: tuple[str, ...] = (
        "run",
        "programs written by",
        "seed",
        "rounds",
        CPU_S,
        f"best {report.objective}",
    )
    rows: list[tuple[str, ...]] = [
        (
            f"{report.info.run_id} (this run)",
            kind_of(report.info),
            str(report.info.seed),
            f"{series.done:,}",
            f"{series.spent:.1f}",
            finals[0],
        )
    ]
    for control, final in zip(report.controls, finals[1:], strict=True):
        rows.append(
            (
                control.info.run_id,
                control.kind,
                str(control.info.seed),
                f"{control.series.done:,}",
                f"{control.series.spent:.1f}",
                final,
            )
        )
    if target is not None:
        names = (*names, f"reached {number(target, 9)}")
        all_series = [series, *(control.series for control in report.controls)]
        rows = [(*row, _reached(one.reached(target))) for row, one in zip(rows, all_series, strict=True)]
    equal = []
    for control in report.controls:
        (rounds, mine_r, theirs_r), (spent, mine_c, theirs_c) = pairs(series, control)
        texts = aligned([mine_r, theirs_r, mine_c, theirs_c], 10)
        equal.append((control.info.run_id, f"{rounds:,}", *texts[:2], f"{spent:.1f}", *texts[2:]))
    head = ("control", "rounds of both", "this run, equal rounds", "control, equal rounds")
    second = (f"{CPU_S} of both", "this run, equal CPU", "control, equal CPU")
    return [
        Table(names, tuple(rows), numeric=(3, 4, 5)),
        Prose("The best so far at equal rounds, and at equal CPU time:"),
        Table((*head, *second), tuple(equal), numeric=(1, 2, 3, 4, 5, 6)),
    ]


def _reached(at: tuple[int, float] | None) -> str:
    return "never" if at is None else f"after {plural(at[0], 'round')}, {at[1]:.1f} CPU s"
