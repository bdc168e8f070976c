"""``asievolve best``."""

from __future__ import annotations

from contextlib import closing

import click

from asi_evolve.cli.objects import experiment_object
from asi_evolve.cli.shared import Shared, common
from asi_evolve.cli.views import print_experiment, write_data


@click.command("best")
@click.argument("run", required=False)
@click.option("--data", metavar="FILE.npz", help="Also write the arrays that the candidate returned.")
@click.option("--source", is_flag=True, help="Print the program alone.")
@common
@click.pass_obj
def command(shared: Shared, run: str | None, data: str | None, source: bool) -> None:
    """The best experiment of RUN (default: the latest): its value, why it was tried, the program."""
    with closing(shared.reader()) as reader:
        experiment_id = reader.resolve_experiment("best", shared.run_id(reader, run))
        experiment = reader.experiment(experiment_id)
        outputs = reader.outputs(experiment_id) if data is not None else None
    if outputs is not None and data is not None:
        write_data(data, outputs)
    if shared.json:
        shared.emit(experiment_object(experiment, full=True))
    elif source:
        click.echo(experiment.candidate.files[experiment.candidate.entry], nl=False)
    else:
        print_experiment(experiment)
