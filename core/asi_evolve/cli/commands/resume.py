"""``asievolve resume``."""

from __future__ import annotations

from typing import Any

import click

from asi_evolve.cli.runflags import RESUME, run_options, sets_to_overrides, to_flags
from asi_evolve.cli.session import play
from asi_evolve.cli.shared import Shared, common


@click.command("resume")
@click.argument("run", required=False)
@run_options(RESUME)
@common
@click.pass_obj
def command(shared: Shared, /, run: str | None, rounds: int | None, sets: tuple[str, ...], **options: Any) -> None:
    """Go on with RUN (default: the latest): redo interrupted rounds, then --rounds N more.

    Without --rounds it makes those that the run still owes. Sampler and proposer continue exactly where they were.
    """
    from asi_evolve import api

    database = shared.database()
    if run is None and shared.plugin is not None:
        with shared.reader() as reader:
            run = shared.run_id(reader, None)
    overrides = {**sets_to_overrides(sets), **to_flags(options)}
    play(
        shared,
        database,
        lambda progress: api.resume(database, run, rounds=rounds, overrides=overrides, progress=progress),
    )
