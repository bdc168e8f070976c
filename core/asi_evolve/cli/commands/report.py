"""``asievolve report``."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

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
@click.option(
    "--control",
    "controls",
    metavar="RUN|FILE[:RUN]",
    multiple=True,
    help="A run to compare with, in this database or in another. Repeatable. "
    "Default: the runs of --proposer random here that have the same problem and settings.",
)
@click.option(
    "--ablate",
    is_flag=True,
    help="First measure what each change of the best is worth: set back alone, executed and scored. Done once.",
)
@common
@click.pass_obj
def command(
    shared: Shared, run: str | None, out: Path | None, kind: str | None, controls: tuple[str, ...], ablate: bool
) -> None:
    """Write the report of RUN (default: the latest) as Markdown and as one self-contained HTML page."""
    from asi_evolve import api
    from asi_evolve.report import collect, write

    database = shared.database()
    with closing(shared.reader()) as reader:
        run_id = shared.run_id(reader, run)
    spent = _ablate(database, run_id) if ablate else None
    report = collect(api.open_run(run_id, database), controls)
    written = write(report, out if out is not None else Path(f"report-{run_id}"), kind)  # type: ignore[arg-type]
    if shared.json:
        answer: dict[str, Any] = {
            "run_id": run_id,
            "files": [str(path) for path in written],
            "controls": [control.info.run_id for control in report.controls],
            "notes": list(report.notes),
        }
        if spent is not None:
            answer["ablation"] = spent
        shared.emit(answer)
        return
    for note in report.notes:
        click.echo(f"note: {note}", err=True)
    for path in written:
        click.echo(f"wrote {path}")


def _ablate(database: str, run_id: str) -> dict[str, Any]:
    """Measure what is not measured yet; what happens goes to standard error, a line for each program."""
    from asi_evolve.api.ablate import ablate
    from asi_evolve.report.text import number, one_line

    def told(data: Mapping[str, Any]) -> None:
        what = "the program itself" if data["kind"] == "none" else f"{data['name']} set back to {data['before']}"
        value = number(data["value"]) if data["value"] is not None else str(data["status"])
        click.echo(f"  {value:>16}  cpu {data['cpu_s']:5.1f} s  {one_line(what, 100)}", err=True)

    done = ablate(database, run_id, on_start=lambda line: click.echo(line, err=True), on_variant=told)
    if not done.measured:
        click.echo(f"ablation of {done.experiment_id}: measured before, {done.recorded} programs", err=True)
    return {
        "experiment_id": done.experiment_id,
        "measured": done.measured,
        "recorded": done.recorded,
        "left_out": list(done.left_out),
        "cpu_s": done.cpu_s,
    }
