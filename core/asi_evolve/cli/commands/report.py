"""``asievolve report``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from asi_evolve.cli.shared import Shared, common


@click.command("report")
@click.argument("run", required=False)
@click.option(
    "--out",
    metavar="DIR|FILE",
    type=click.Path(path_type=Path),
    help="Folder, or a file that ends in .html or .md. Default: report-RUN here.",
)
@click.option("--format", "kind", type=click.Choice(["html", "md", "both"]), help="Default: both, or by the suffix.")
@common
@click.pass_obj
def command(shared: Shared, run: str | None, out: Path | None, kind: str | None) -> None:
    """Write the report of RUN (default: the latest) as Markdown and as one self-contained HTML page."""
    from asi_evolve import api
    from asi_evolve.report import collect, write

    database = shared.database()
    with closing(shared.reader()) as reader:
        run_id = shared.run_id(reader, run)
    report = collect(api.open_run(run_id, database))
    written = write(report, out if out is not None else Path(f"report-{run_id}"), kind)  # type: ignore[arg-type]
    if shared.json:
        shared.emit({"run_id": run_id, "files": [str(path) for path in written], "notes": list(report.notes)})
        return
    for note in report.notes:
        click.echo(f"note: {note}", err=True)
    for path in written:
        click.echo(f"wrote {path}")
