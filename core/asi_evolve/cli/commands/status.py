"""``asievolve status``."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from asi_evolve.cli.shared import Shared, common, print_table
from asi_evolve.cli.spend import spend_text, usd
from asi_evolve.report.text import number, one_line, when

if TYPE_CHECKING:
    from asi_evolve.store import Reader, RunInfo

_COUNTS = """
    SELECT run_id,
           count(*) FILTER (WHERE round > 0 AND seq IS NOT NULL) AS done,
           count(*) FILTER (WHERE round > 0 AND seq IS NOT NULL AND valid) AS valid,
           count(*) FILTER (WHERE status = 'running') AS in_flight,
           coalesce(sum(cpu_s), 0) AS cpu_s,
           max(recorded_at) AS last
    FROM experiments GROUP BY run_id
"""


@click.command("status")
@click.argument("run", required=False)
@common
@click.pass_obj
def command(shared: Shared, run: str | None) -> None:
    """Runs in the database and how they stand; RUN shows one in detail.

    Works while a run is going on, from any terminal: the running process answers.
    """
    from asi_evolve.cli.owner import live_owner

    owner = live_owner(shared.database())
    with closing(shared.reader()) as reader:
        wanted = reader.resolve_run(run) if run is not None else None
        infos = [
            info
            for info in reader.runs()
            if wanted in (None, info.run_id) and shared.plugin in (None, info.plugin, info.config.get("plugin"))
        ]
        counts = {row["run_id"]: row for row in reader.table(_COUNTS).to_pylist()}
        spend = reader.spend()
        states = [
            _state(reader, info, counts.get(info.run_id, {}), spend.get(info.run_id), owner is not None)
            for info in infos
        ]
    if shared.json:
        shared.emit(states[0] if wanted is not None and states else states)
        return
    if owner is not None:
        click.echo(f"live: {one_line(owner, 160)}")
    if not states:
        click.echo(f"no run in {shared.database()} yet; start one with: asievolve --plugin NAME run")
    elif wanted is not None:
        _detail(states[0])
    else:
        _table(states)


def _state(
    reader: Reader, info: RunInfo, counts: dict[str, Any], spend: dict[str, float] | None, live: bool
) -> dict[str, Any]:
    best = reader.best(info.run_id)
    value = None
    if best is not None:
        value = reader.table("SELECT value FROM experiments WHERE experiment_id = ?", [best])["value"][0].as_py()
    # A row that still says "running" with no process behind it was cut off: that is what resume is for.
    status = "interrupted" if info.status == "running" and not live else info.status
    return {
        "run_id": info.run_id,
        "plugin": info.plugin,
        "title": info.title,
        "status": status,
        "live": live and info.status == "running",
        "reason": info.reason,
        "rounds_done": int(counts.get("done") or 0),
        "rounds_requested": info.rounds,
        "rounds_valid": int(counts.get("valid") or 0),
        "in_flight": int(counts.get("in_flight") or 0) if live else 0,
        "best_experiment_id": best,
        "best_value": value,
        "objective": dict(info.objective),
        "seed": info.seed,
        "proposer": info.proposer,
        "sampler": info.sampler,
        "workers": info.workers,
        "backend": info.backend,
        "target": info.target,
        "tier": info.tier,
        "cpu_seconds": float(counts.get("cpu_s") or 0.0),
        "model_spend": spend,
        "parent_run": info.parent_run,
        "forked_at": info.forked_at,
        "created_at": info.created_at,
        "last_result_at": counts.get("last"),
        "ended_at": info.ended_at,
        "core_version": info.core_version,
        "plugin_version": info.plugin_version,
    }


def _table(states: list[dict[str, Any]]) -> None:
    with_model = any(state["model_spend"] for state in states)
    rows = [
        (
            state["run_id"],
            one_line(state["plugin"], 30),
            state["status"] + (" (live)" if state["live"] else ""),
            f"{state['rounds_done']}/{state['rounds_requested']}",
            number(state["best_value"]),
            state["best_experiment_id"] or "-",
            str(state["seed"]),
            f"{state['proposer']}/{state['sampler']}",
            *([usd(state["model_spend"]["usd"]) if state["model_spend"] else "-"] if with_model else []),
            state["created_at"][:19].replace("T", " "),
        )
        for state in states
    ]
    spent = ("spent (USD)",) if with_model else ()
    print_table(
        (
            "run",
            "plugin",
            "status",
            "rounds",
            "best",
            "experiment",
            "seed",
            "proposer/sampler",
            *spent,
            "started (UTC)",
        ),
        rows,
        right=("rounds", *spent),
    )


def _detail(state: dict[str, Any]) -> None:
    for name, value in state.items():
        if value in (None, "", {}):
            continue
        text = (
            spend_text(value)
            if name == "model_spend"
            else ", ".join(f"{k} {v}" for k, v in value.items() if v)
            if isinstance(value, dict)
            else when(str(value))
            if name.endswith("_at")
            else str(value)
        )
        click.echo(f"{name.replace('_', ' '):<20} {one_line(text, 200)}")
