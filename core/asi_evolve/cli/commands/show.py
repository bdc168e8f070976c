"""``asievolve show``."""

from __future__ import annotations

from contextlib import closing

import click

from asi_evolve.cli.objects import experiment_object
from asi_evolve.cli.shared import Shared, common
from asi_evolve.cli.views import print_experiment, write_data


@click.command("show")
@click.argument("experiment")
@click.option("--run", metavar="RUN", help="The run that a bare round number is of. Default: the latest.")
@click.option("--data", metavar="FILE.npz", help="Write the arrays that the candidate returned.")
@click.option("--source", is_flag=True, help="Print the program alone.")
@common
@click.pass_obj
def command(shared: Shared, experiment: str, run: str | None, data: str | None, source: bool) -> None:
    """One EXPERIMENT: an id or its start, a round number, or "best".

    Everything that is recorded: the program, why it was tried, checks, executions, scores, analysis.
    """
    with closing(shared.reader()) as reader:
        whole = "." in experiment
        experiment_id = reader.resolve_experiment(experiment, None if whole else shared.run_id(reader, run))
        record = reader.experiment(experiment_id)
        outputs = reader.outputs(experiment_id) if data is not None else None
    if outputs is not None and data is not None:
        write_data(data, outputs)
    if shared.json:
        shared.emit(experiment_object(record, full=True))
    elif source:
        click.echo(record.candidate.files[record.candidate.entry], nl=False)
    else:
        print_experiment(record, full=True)
