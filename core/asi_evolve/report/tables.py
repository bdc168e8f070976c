"""The report's tables and short facts as plain text cells; Markdown and HTML escape them in their own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asi_evolve.records import Json
from asi_evolve.report.data import Report, environment_rows
from asi_evolve.report.text import number, one_line, seconds


@dataclass(frozen=True, slots=True)
class Table:
    """A table of unescaped text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    """A sentence above the table."""


def headline(report: Report) -> str:
    """The result in one sentence."""
    unit = f" {report.unit}" if report.unit else ""
    if report.best is None or report.best.score is None:
        return f"No valid result after {report.done} rounds."
    score = report.best.score
    word = "attested" if score.attested else "self-reported (not attested)"
    spread = f" ± {number(score.stderr, 3)} over {score.replicates} replicates" if score.stderr is not None else ""
    return (
        f"Best {report.objective}: {number(report.best.value, 12)}{unit}{spread}, {word}, in experiment "
        f"{report.best.experiment_id} (round {report.best.round} of {report.info.rounds})."
    )


def facts(report: Report) -> Table:
    """Seed, budget and how the run went."""
    info = report.info
    counts = ", ".join(f"{count} {status}" for status, count in report.statuses) or "none"
    origins = sorted({str(row["origin"]) for row in report.rows if row["round"] > 0})
    paused = any(event.get("kind") == "resume" for event in report.events)
    rows = [
        ("run", f"{info.run_id}, {info.status}{': ' + one_line(info.reason, 200) if info.reason else ''}"),
        ("problem", f"{f'{info.plugin} {info.plugin_version}'.strip()}: {one_line(info.title, 120)}"),
        ("seed", str(info.seed)),
        ("proposer, sampler", f"{info.proposer}, {info.sampler}; rounds written by: {', '.join(origins) or 'none'}"),
        ("backend, stage", f"{info.backend}, {info.stage or 'last'}"),
        ("rounds", f"{report.done} of {info.rounds} done: {counts}"),
        ("CPU time of candidates", f"{report.cpu_s:.1f} s, the second execution of the best not counted"),
        ("wall time", seconds(report.wall_s) + (", pauses included" if paused else "")),
        ("workers", str(info.workers)),
        ("isolation tier", info.tier or "-"),
        ("target", number(info.target) if info.target is not None else "none"),
    ]
    rechecks = [event.get("data") or {} for event in report.events if event.get("kind") == "recheck"]
    if rechecks:
        rows.append(("second execution of the best", _recheck(rechecks[-1])))
    if info.parent_run:
        rows.append(("forked from", f"{info.parent_run} after {info.forked_at} rounds"))
    budget = info.config.get("budget")
    limits = (
        [f"{name} {value}" for name, value in budget.items() if value is not None] if isinstance(budget, dict) else []
    )
    rows.append(("budget", ", ".join(limits) or "rounds only"))
    domain = info.config.get("domain")
    if isinstance(domain, dict) and domain:
        rows.append(("domain settings", ", ".join(f"{key} = {value}" for key, value in sorted(domain.items()))))
    return Table(("", ""), tuple(rows))


def _recheck(data: Mapping[str, Json]) -> str:
    if data.get("reproduced"):
        return f"{data.get('experiment_id')} gave the same value again"
    second = data.get("second")
    return f"{data.get('experiment_id')} gave {number(second) if second is not None else 'no valid value'} instead"


def best_table(report: Report) -> Table:
    """The ten best experiments."""
    return Table(
        ("experiment", "round", report.objective, "origin", "CPU s", "attested", "why it was tried"),
        tuple(
            (
                row["experiment_id"],
                str(row["round"]),
                number(row["value"], 12) + (" (cut short)" if row["truncated"] else ""),
                row["origin"],
                f"{row['cpu_s']:.1f}",
                "yes" if row["attested"] else "no",
                one_line(row["motivation"] or "-", 200),
            )
            for row in report.top
        ),
    )


def lineage_table(report: Report) -> Table:
    """From the seed to the best, parent by parent."""
    return Table(
        ("experiment", report.objective, "gain", "what changed", "why"),
        tuple(
            (
                step.experiment.experiment_id,
                number(step.experiment.value),
                "-" if step.gain is None else f"{step.gain:+.4g}",
                one_line("; ".join(step.changes) or "-", 300),
                one_line(step.experiment.candidate.motivation or step.experiment.candidate.origin, 200),
            )
            for step in report.lineage
        ),
    )


def failures_table(report: Report) -> Table:
    """Rounds without a valid value: how many of each kind, with one example."""
    example: dict[str, str] = {}
    for row in report.rows:
        if row["round"] > 0 and not row["valid"]:
            status = "invalid" if row["status"] == "ok" else str(row["status"])
            text = row["error"] or row["feedback"] or ""
            if not example.get(status):
                example[status] = f"{row['experiment_id']}: {one_line(text, 200)}" if text else row["experiment_id"]
    return Table(
        ("status", "rounds", "for example"),
        tuple((name, str(count), example.get(name, "-")) for name, count in report.statuses if name != "valid"),
    )


def provenance_table(report: Report) -> Table:
    """Shares of cognition, experience and novel."""
    return Table(
        ("rounds", "number", "cognition", "experience", "novel"),
        tuple(
            (
                group,
                f"{shares.get('n', 0):.0f}",
                *(f"{100 * shares.get(name, 0.0):.0f}%" for name in ("cognition", "experience", "novel")),
            )
            for group, shares in report.provenance.items()
        ),
        note="cognition: used at least one item from the literature and nothing learned in the run; experience: used a "
        "lesson or a block's credit learned in the run; novel: neither. This is what the proposals say that they used.",
    )


def controls_table(report: Report) -> Table:
    """Runs of the uniform-random control on the same problem."""
    return Table(
        ("control run", "seed", "rounds", f"best {report.objective}"),
        tuple((c.run_id, str(c.seed), str(c.rounds), number(c.best, 12)) for c in report.controls),
    )


def published_table(report: Report) -> Table:
    """Figures that others published: never in one table with ours."""
    columns: list[str] = []
    for row in report.published:
        columns += [name for name in row if name not in columns]
    return Table(
        tuple(columns),
        tuple(tuple(str(row.get(name, "")) for name in columns) for row in report.published),
        note="Published by others, not measured here; other budgets and other ways to check.",
    )


def lessons_lines(report: Report) -> list[str]:
    """Lessons, the most telling first."""
    return [
        f"{one_line(lesson.text, 400)} "
        f"(confidence {lesson.confidence:.2f}, evidence {', '.join(lesson.evidence) or '-'})"
        for lesson in report.lessons
    ]


def environment_table(report: Report) -> Table:
    """Versions, machine, settings."""
    rows = [("asi-evolve", report.info.core_version), *environment_rows(report.info.environment)]
    return Table(("what", "version or value"), tuple((name, one_line(value, 200)) for name, value in rows))


def events_lines(report: Report) -> list[str]:
    """Interruptions, resumes and the second execution of the best."""
    lines = []
    for event in report.events:
        data = event.get("data") or {}
        text = ", ".join(f"{key} {value}" for key, value in data.items()) if isinstance(data, dict) else ""
        lines.append(one_line(f"{str(event.get('created_at', ''))[:19]} {event.get('kind')}: {text}", 300))
    return lines
