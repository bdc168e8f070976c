"""``asievolve run``."""

from __future__ import annotations

from typing import Any

import click

from asi_evolve.cli.runflags import RUN, run_options, to_flags
from asi_evolve.cli.session import play, require_plugin
from asi_evolve.cli.shared import Shared, checked_database, common


@click.command("run")
@run_options(RUN)
@click.option("--dry-run", is_flag=True, help="Check everything and show the plan; start and write nothing.")
@common
@click.pass_obj
def command(shared: Shared, /, sets: tuple[str, ...], dry_run: bool, **options: Any) -> None:
    """Start a run: propose, execute, score, analyze, again.

    Shows progress and ends with the best program, its value and the next commands. Ctrl-C finishes the
    rounds in flight, a second one stops now; both leave a run that `asievolve resume` goes on with.
    """
    resolved = shared.resolve(to_flags(options), sets)
    require_plugin(resolved.settings.plugin)
    from asi_evolve.sandbox import probe_ahead

    probe_ahead(resolved.settings.sandbox.tier)
    from asi_evolve import api

    if dry_run:
        _show_plan(shared, api.plan(resolved))
        return
    play(shared, checked_database(resolved.settings.store.db), lambda progress: api.start(resolved, progress=progress))


def _show_plan(shared: Shared, plan: dict[str, Any]) -> None:
    if shared.json:
        shared.emit(plan)
        return
    for name, value in plan.items():
        if name == "settings":
            continue
        text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else "-" if value is None else str(value)
        click.echo(f"{name.replace('_', ' '):<36} {text}")
    click.echo("dry run: nothing was started or written")
