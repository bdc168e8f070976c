"""``asievolve fork``."""

from __future__ import annotations

from typing import Any

import click

from asi_evolve.cli.runflags import FORK, run_options, sets_to_overrides, to_flags
from asi_evolve.cli.session import play
from asi_evolve.cli.shared import Shared, common


@click.command("fork")
@click.argument("run", required=False)
@click.option("--at", type=int, metavar="N", help="Take over the first N finished rounds. Default: all.")
@run_options(FORK)
@common
@click.pass_obj
def command(
    shared: Shared, /, run: str | None, at: int | None, rounds: int | None, sets: tuple[str, ...], **options: Any
) -> None:
    """Start a new run from the first rounds of RUN (default: the latest), with other settings if wanted."""
    from asi_evolve import api

    database = shared.database()
    if run is None and shared.plugin is not None:
        with shared.reader() as reader:
            run = shared.run_id(reader, None)
    overrides = {**sets_to_overrides(sets), **to_flags(options)}
    play(
        shared,
        database,
        lambda progress: api.fork(database, run, at=at, rounds=rounds, overrides=overrides, progress=progress),
    )
