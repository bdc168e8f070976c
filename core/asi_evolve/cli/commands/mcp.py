"""``asievolve mcp``."""

from __future__ import annotations

import click

from asi_evolve.cli.shared import Shared, common


@click.command("mcp")
@click.argument("run", required=False)
@click.option("--agent", default="agent", show_default=True, metavar="NAME", help="Who writes the programs.")
@common
@click.pass_obj
def command(shared: Shared, run: str | None, agent: str) -> None:
    """Serve RUN (default: the latest) to a coding agent: read_brief, submit_candidate, get_score, list_best.

    Speaks the Model Context Protocol on standard input and output until its input ends; meant to be started by the
    agent. The database is held only while a submitted program is measured.
    """
    from asi_evolve.cli.agent import serve

    database = shared.database()
    with shared.reader() as reader:
        run_id = shared.run_id(reader, run)
    serve(database, run_id, agent)
