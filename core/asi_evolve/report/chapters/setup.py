"""How the run was set up, where it ran, how to make it again, and what happened on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asi_evolve.report.data import Report, environment_rows
from asi_evolve.report.document import Block, Bullets, Code, Facts, Prose, Section, Table
from asi_evolve.report.repeat import changed_settings, command
from asi_evolve.report.text import number, one_line, when


def setup_section(report: Report) -> Section:
    """Settings, command, environment, events."""
    info = report.info
    counts = ", ".join(f"{count:,} {status}" for status, count in report.statuses) or "none"
    budget = info.config.get("budget")
    ceilings = budget.items() if isinstance(budget, Mapping) else ()
    paused = any(event.get("kind") == "resume" for event in report.events)
    limits = _limits(report)
    rows = [
        ("run", f"{info.run_id}, {info.status}{': ' + one_line(info.reason, 200) if info.reason else ''}"),
        ("domain", f"{info.plugin} {info.plugin_version}".strip()),
        ("proposer, sampler", f"{info.proposer}, {info.sampler}"),
        ("backend, last stage", f"{info.backend}, {info.stage or 'the last'}"),
        ("rounds", f"{report.done:,} of {info.rounds:,} done: {counts}"),
        ("workers", str(info.workers)),
        ("isolation tier", info.tier or "-"),
        ("limits for each program", limits or "unknown here"),
        ("budget", ", ".join(f"{name} {value}" for name, value in ceilings if value is not None) or "rounds only"),
        ("begun", when(info.created_at) if info.created_at else "-"),
        ("ended", (when(info.ended_at) if info.ended_at else "-") + (", pauses included" if paused else "")),
    ]
    if info.parent_run:
        rows.append(("forked from", f"{info.parent_run} after {info.forked_at} rounds"))
    blocks: list[Block] = [Facts(tuple(rows))]
    changed = changed_settings(info, report.domain)
    blocks.append(
        Prose("Settings that differ from the default:" if changed else "All other settings are the defaults.")
    )
    if changed:
        blocks.append(Facts(tuple((key, one_line(str(value), 200)) for key, value in sorted(changed.items()))))
    blocks += [Prose("The command that makes this run again:"), Code(command(info, report.domain), "sh")]
    if info.parent_run:
        blocks.append(Prose("As the run is a fork, this repeats its settings, not its first rounds.", "note"))
    environment = [("asi-evolve", info.core_version), *environment_rows(info.environment)]
    blocks.append(Prose("Where it ran:"))
    blocks.append(Facts(tuple((_named(name), _shown(report, name, value)) for name, value in environment)))
    events = _events(report)
    if events:
        blocks += [Prose("What happened on the way:"), Bullets(events)]
    blocks += [Prose(one_line(note, 400), "note") for note in report.notes]
    return Section("setup", "Setup and environment", tuple(blocks))


def published_section(report: Report) -> Section | None:
    """Figures that others published, never in one table with ours; None without any."""
    published = report.domain.published if report.domain is not None else ()
    if not published:
        return None
    columns = list(dict.fromkeys(name for row in published for name in row))
    rows = tuple(tuple(str(row.get(name, "")) for name in columns) for row in published)
    note = Prose("Published by others, not measured here: other budgets, other means, other ways to check.", "note")
    return Section("published", "Published figures", (Table(tuple(columns), rows), note), "not measured here")


def _named(name: str) -> str:
    return "domain code (SHA-256)" if name == "domain_code" else name


def _shown(report: Report, name: str, value: str) -> str:
    if name != "domain_code":
        return one_line(value, 200)
    now = report.domain_code
    state = "" if not now else ", as installed here" if now == value else f"; installed here: {now[:16]}"
    return f"{value[:16]}{state}"


def _limits(report: Report) -> str:
    if report.domain is None:
        return ""
    texts = []
    for stage in report.domain.stages:
        limits = stage.limits
        texts.append(
            f"{stage.name + ': ' if len(report.domain.stages) > 1 else ''}{limits.cpu_s:g} CPU s, "
            f"{limits.wall_s:g} s wall, "
            f"{limits.memory_mb} MiB"
            + (f", {len(stage.replicate_seeds)} replicates" if len(stage.replicate_seeds) > 1 else "")
        )
    return "; ".join(texts)


def _recheck(data: Mapping[str, Any]) -> str:
    second = data.get("second")
    gave = (
        "the same value"
        if data.get("reproduced")
        else f"{number(second, 12)} instead of {number(data.get('value'), 12)}"
    )
    return f"second execution of {one_line(str(data.get('experiment_id')))}: {gave}"


def _events(report: Report) -> tuple[str, ...]:
    """Interruptions, resumes and the second execution of the best; measurements of an ablation are counted."""
    lines = []
    ablated = 0
    for event in report.events:
        kind = str(event.get("kind"))
        if kind.startswith("ablation"):
            ablated += kind == "ablation"
            continue
        data = event.get("data") or {}
        if kind == "recheck":
            lines.append(f"{when(str(event.get('created_at', '')))} {_recheck(data)}")
            continue
        text = ", ".join(f"{key} {value}" for key, value in data.items()) if isinstance(data, Mapping) else ""
        lines.append(one_line(f"{when(str(event.get('created_at', '')))} {kind}: {text}", 300))
    if ablated:
        lines.append(f"{ablated} programs of an ablation were measured after the run.")
    return tuple(lines)
