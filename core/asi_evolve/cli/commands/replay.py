"""``asievolve replay``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asi_evolve.cli.runflags import REPLAY, run_options, to_flags
from asi_evolve.cli.session import orderly
from asi_evolve.cli.shared import Shared, common
from asi_evolve.report.text import number, one_line

if TYPE_CHECKING:
    from asi_evolve.api import ReplayOutcome
    from asi_evolve.loop.replay import Compared
    from asi_evolve.store import RunInfo


@click.command("replay")
@click.argument("run", required=False)
@run_options(REPLAY)
@click.option(
    "--keep", type=click.Path(path_type=Path), metavar="FILE", help="Write the replayed run to a new database."
)
@common
@click.pass_obj
def command(shared: Shared, /, run: str | None, keep: Path | None, **options: Any) -> None:
    """Make RUN (default: the latest) again, each round with exactly what it knew then, and compare.

    Programs, parents, results and analyses are compared round by round, scores within the domain's tolerance. Exit
    status 0 if all are the same, 1 if not.
    """
    from asi_evolve import api

    database = shared.database()
    if run is None and shared.plugin is not None:
        with shared.reader() as reader:
            run = shared.run_id(reader, None)

    def begin(info: RunInfo, notes: tuple[str, ...]) -> None:
        text = f"replay of {info.run_id}: {one_line(info.plugin, 40)}, seed {info.seed}, proposer {info.proposer}, "
        click.echo(f"{text}sampler {info.sampler}, workers {info.workers}", err=shared.json)
        for note in notes:
            click.echo(f"note: {one_line(note, 160)}", err=shared.json)

    def tell(one: Compared) -> None:
        label = str(one.recorded.round or one.recorded.candidate.origin)
        value = number(one.recorded.value) if one.recorded.valid else one.recorded.status
        said = "same" if one.difference is None else f"DIFFERENT: {one_line(one.difference.text, 300)}"
        click.echo(f"  round {label:>9}  {value:<14} {said}", err=shared.json)

    with orderly():
        outcome = api.replay(database, run, keep=keep, overrides=to_flags(options), tell=tell, begin=begin)
    if shared.json:
        shared.emit(_object(outcome))
    else:
        for line in _lines(outcome):
            click.echo(line)
    click.get_current_context().exit(0 if outcome.same else 1)


def _lines(outcome: ReplayOutcome) -> list[str]:
    lines = []
    if outcome.kept is not None:
        lines.append(f"kept     {outcome.kept}")
    if outcome.same:
        return [*lines, f"the same: all {outcome.compared} experiments of run {outcome.run_id} came out as recorded"]
    if outcome.differences:
        first = outcome.differences[0]
        assert first.difference is not None
        lines.append(f"first difference: {first.recorded.experiment_id}: {one_line(first.difference.text, 400)}")
    if outcome.states:
        lines.append(f"the learned state of the {' and the '.join(outcome.states)} is another one at the end")
    return [*lines, f"different: {len(outcome.differences)} of {outcome.compared} experiments of run {outcome.run_id}"]


def _object(outcome: ReplayOutcome) -> dict[str, Any]:
    return {
        "run_id": outcome.run_id,
        "same": outcome.same,
        "compared": outcome.compared,
        "differences": [
            {
                "experiment_id": one.recorded.experiment_id,
                "round": one.recorded.round,
                "what": one.difference.what,
                "text": one.difference.text,
                "recorded_value": one.recorded.value,
                "replayed_value": one.replayed.value,
            }
            for one in outcome.differences
            if one.difference is not None
        ],
        "states": list(outcome.states),
        "notes": list(outcome.notes),
        "kept": str(outcome.kept) if outcome.kept is not None else None,
    }
