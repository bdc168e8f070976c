"""``asievolve brief``."""

from __future__ import annotations

from dataclasses import asdict

import click

from asi_evolve.cli.shared import Shared, common


@click.command("brief")
@click.argument("run", required=False)
@common
@click.pass_obj
def command(shared: Shared, run: str | None) -> None:
    """What the next round of RUN (default: the latest) is asked: the text that a model would get.

    Nothing is written. Answer it with `asievolve submit`.
    """
    from asi_evolve import api

    database = shared.database()
    if run is None and shared.plugin is not None:
        with shared.reader() as reader:
            run = shared.run_id(reader, None)
    made = api.brief(database, run)
    if shared.json:
        shared.emit({**asdict(made), "text": made.text})
        return
    click.echo(made.text)
    click.echo(
        f"# How to hand it in\n\n"
        f"This is round {made.round} of run {made.run_id}. Write the JSON object to a file and give it with\n\n"
        f"    asievolve submit {made.run_id} --round {made.round} --agent YOUR-NAME ANSWER.json\n\n"
        "The round is checked, executed, scored and recorded, and its outcome is printed."
    )
