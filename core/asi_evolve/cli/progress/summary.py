"""The end of a run in words, and as one JSON object."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from asi_evolve.cli.objects import experiment_object
from asi_evolve.cli.spend import spend_text
from asi_evolve.report.text import number, one_line, seconds


def summary_object(run: Any, database: str) -> dict[str, Any]:
    """What ``run --json`` prints."""
    info, outcome = run.info, run.outcome
    best = run.best()
    return {
        "run_id": info.run_id,
        "plugin": info.plugin,
        "status": outcome.status if outcome is not None else info.status,
        "reason": outcome.reason if outcome is not None else info.reason,
        "exit_code": outcome.exit_code if outcome is not None else None,
        "seed": info.seed,
        "proposer": info.proposer,
        "sampler": info.sampler,
        "workers": info.workers,
        "rounds_done": outcome.done if outcome is not None else None,
        "rounds_requested": outcome.requested if outcome is not None else info.rounds,
        "statuses": run.statuses(),
        "cpu_seconds": outcome.cpu_s if outcome is not None else None,
        "wall_seconds": outcome.wall_s if outcome is not None else None,
        "recheck": getattr(outcome, "recheck", ""),
        "reproduced": getattr(outcome, "reproduced", None),
        "provenance": run.provenance(),
        "model_spend": run.spend(),
        "database": database,
        "best": experiment_object(best) if best is not None else None,
    }


def summary_lines(run: Any, database: str) -> list[str]:
    """What a person reads when a run has ended, and what to type next."""
    info, outcome, best = run.info, run.outcome, run.best()
    unit = one_line(str((info.objective or {}).get("unit", "")), 40)
    name = one_line(str((info.objective or {}).get("name", "value")), 200) or "value"
    lines = [""]
    if best is not None and best.score is not None:
        label = name if best.score.attested else f"self-reported {name}"
        lines.append(f"best     {best.experiment_id}  {label} {number(best.value, 12)} {unit}".rstrip())
        if best.score.stderr is not None:
            lines[-1] += f" +- {number(best.score.stderr, 3)} ({best.score.replicates} replicates)"
        if best.score.metrics:
            metrics = ", ".join(f"{key} {number(value, 6)}" for key, value in sorted(best.score.metrics.items()))
            lines.append(f"metrics  {one_line(metrics, 300)}")
        if best.candidate.motivation:
            lines.append(f"why      {one_line(best.candidate.motivation, 300)}")
    else:
        lines.append("best     none: no experiment of this run is valid")
    if outcome is not None:
        if outcome.recheck:
            lines.append(f"recheck  {one_line(outcome.recheck, 300)}")
        counts = ", ".join(f"{count} {status}" for status, count in run.statuses().items())
        lines.append(f"rounds   {outcome.done} of {outcome.requested} done ({counts or 'none'}); seed {info.seed}")
        lines.append(f"time     {outcome.cpu_s:.1f} CPU seconds of candidates, {seconds(outcome.wall_s)} wall")
    spend = run.spend()
    if spend["calls"]:
        lines.append(f"model    {spend_text(spend)}")
    shares = _shares(run.provenance())
    if shares:
        lines.append(f"ideas    {shares}")
    if outcome is not None:
        lines.append(f"ended    {outcome.status}: {one_line(outcome.reason, 300)}")
    lines.append(f"database {database}")
    lines += ["", "Next:"]
    suffix = "" if database == "asievolve.duckdb" else f" --db {shlex.quote(database)}"
    steps = _steps(run, suffix)
    width = max(len(command) for command, _ in steps)
    program = program_name()
    lines += [f"  {program} {command:<{width}}   {what}" for command, what in steps]
    return lines


def _steps(run: Any, suffix: str) -> list[tuple[str, str]]:
    """Commands that make sense after this run, each with what it does."""
    info, outcome, best = run.info, run.outcome, run.best()
    # Only where nothing is valid: of a long run the rows would fill the memory.
    rows = run.rows() if outcome is not None and outcome.status == "failed" and best is None else None
    if rows is not None and not _a_seed_was_valid(rows):
        # Going on would fail the same way: it is the domain that needs mending.
        plugin = shlex.quote(str(info.config.get("plugin") or info.plugin))
        first = next((str(row["experiment_id"]) for row in rows if row.get("round") == 0), "")
        return [
            *([(f"show {first}{suffix}", "what the seed program printed and gave")] if first else []),
            (f"plugins check {plugin}", "once it is mended: every seed is executed and scored once"),
        ]
    steps = []
    if best is not None:
        steps.append((f"best {info.run_id}{suffix}", "the best program and its numbers"))
        steps.append((f"show {best.experiment_id}{suffix}", "everything that is recorded of it"))
    steps.append((f"report {info.run_id}{suffix} --out report", "the report as HTML and Markdown, with plots"))
    if outcome is not None and outcome.status in ("stopped", "failed") and outcome.done < outcome.requested:
        left = outcome.requested - outcome.done
        what = "go on with the round that is left" if left == 1 else f"go on with the {left} rounds that are left"
        steps.append((f"resume {info.run_id}{suffix}", what))
    elif outcome is None or outcome.status != "target":
        steps.append((f"resume {info.run_id}{suffix} --rounds 20", "go on for 20 more rounds"))
    return steps


def _a_seed_was_valid(rows: list[dict[str, Any]]) -> bool:
    seeds = [row for row in rows if row.get("round") == 0 and ".b" not in str(row.get("experiment_id"))]
    return any(row.get("valid") for row in seeds)


def program_name() -> str:
    """How to call this program again: ``asievolve`` where the shell finds it, else the path that it was called by."""
    called = Path(sys.argv[0])
    if shutil.which("asievolve") is not None or called.name != "asievolve" or not called.is_file():
        return "asievolve"
    with contextlib.suppress(ValueError):
        called = called.resolve().relative_to(Path.cwd().resolve())
    return shlex.quote(str(called))


def _shares(provenance: Any) -> str:
    """``cognition 40%, experience 35%, novel 25%`` of all experiments."""
    shares = provenance.get("all") if isinstance(provenance, dict) else None
    if not isinstance(shares, dict) or not shares.get("n"):
        return ""
    parts = [
        f"{name} {100 * float(shares[name]):.0f}%"
        for name in ("cognition", "experience", "novel")
        if isinstance(shares.get(name), int | float)
    ]
    return ", ".join(parts)
