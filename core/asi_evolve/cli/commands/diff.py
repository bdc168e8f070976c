"""``asievolve diff``."""

from __future__ import annotations

import difflib
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from asi_evolve.cli.shared import Shared, common
from asi_evolve.errors import AsiEvolveError, UsageError
from asi_evolve.report.text import number, one_line, printable

if TYPE_CHECKING:
    from asi_evolve.records import Experiment
    from asi_evolve.store import RunInfo


@click.command("diff")
@click.argument("experiment")
@click.argument("other", required=False)
@click.option("--run", metavar="RUN", help="The run that bare round numbers are of. Default: the latest.")
@common
@click.pass_obj
def command(shared: Shared, experiment: str, other: str | None, run: str | None) -> None:
    """What changed from EXPERIMENT to OTHER; with one, from its parent to it.

    Says in words which slots and constants changed, then shows the unified diff of the sources.
    """
    with closing(shared.reader()) as reader:
        run_id = shared.run_id(reader, run) if "." not in experiment else None
        second = reader.experiment(reader.resolve_experiment(other or experiment, run_id))
        if other is not None:
            first = reader.experiment(reader.resolve_experiment(experiment, run_id))
        elif second.candidate.parents:
            first = reader.experiment(second.candidate.parents[0])
        else:
            raise UsageError(f"{second.experiment_id} has no parent; name two experiments: asievolve diff A B")
        info = reader.run_info(second.run_id)
    changes = _changes(first, second, info)
    lines = _unified(first, second)
    if shared.json:
        shared.emit(
            {
                "from": first.experiment_id,
                "to": second.experiment_id,
                "from_value": first.value,
                "to_value": second.value,
                "changes": changes,
                "diff": "\n".join(lines) + "\n" if lines else "",
            }
        )
        return
    click.echo(f"{first.experiment_id} ({number(first.value)}) -> {second.experiment_id} ({number(second.value)})")
    for change in changes:
        click.echo(f"  {one_line(change['text'], 300)}")
    if not lines:
        click.echo("the sources are the same")
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in lines:
        click.secho(printable(line), fg=None if line.startswith(("+++", "---")) else styles.get(line[:1]))


def _changes(first: Experiment, second: Experiment, info: RunInfo) -> list[dict[str, Any]]:
    """The changes as JSON objects. Without the plugin that made the run, slots are not known: other code then."""
    from asi_evolve.report.changes import changes_between, plugins_of

    try:
        domain = plugins_of(info).domain
    except AsiEvolveError:
        domain = None
    return [
        {
            "kind": change.kind,
            "slot": change.slot,
            "name": change.name,
            "before": change.before,
            "after": change.after,
            "text": change.text,
        }
        for change in changes_between(first, second, domain)
    ]


def _unified(first: Experiment, second: Experiment) -> list[str]:
    lines: list[str] = []
    before, after = first.candidate.files, second.candidate.files
    for path in sorted({*before, *after}):
        lines += difflib.unified_diff(
            before.get(path, "").splitlines(),
            after.get(path, "").splitlines(),
            f"{first.experiment_id}/{path}",
            f"{second.experiment_id}/{path}",
            lineterm="",
        )
    return lines
