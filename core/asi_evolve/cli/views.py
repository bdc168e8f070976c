"""One experiment for people, and its returned data as a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from asi_evolve.cli.shared import console
from asi_evolve.errors import UsageError
from asi_evolve.records import Data, Experiment
from asi_evolve.report.text import number, one_line, printable, seconds
from asi_evolve.report.unwritable import cannot_write


def print_experiment(experiment: Experiment, *, full: bool = False) -> None:
    """Print an experiment; ``full`` adds checks, every execution, attempts and the tails of the output."""
    candidate, score = experiment.candidate, experiment.score
    _field("experiment", f"{experiment.experiment_id} (run {experiment.run_id}, round {experiment.round})")
    if experiment.valid and score is not None:
        word = "attested" if score.attested else "self-reported"
        error = f" +- {number(score.stderr, 3)} over {score.replicates}" if score.stderr is not None else ""
        _field("value", f"{number(experiment.value, 12)}{error} ({word})")
    else:
        _field("value", f"none: {experiment.status if experiment.status != 'ok' else 'invalid'}")
    _field("stage", experiment.stage or "-")
    _field("origin", f"{candidate.origin}, parents: {', '.join(candidate.parents) or 'none'}")
    if candidate.motivation:
        _field("why", printable(candidate.motivation, keep_newlines=False))
    if candidate.expected_effect:
        _field("expected", printable(candidate.expected_effect, keep_newlines=False))
    for used in candidate.used:
        _field("used", one_line(f"{used.kind} {used.ref_id}{': ' + used.how if used.how else ''}", 300))
    if score is not None:
        for name, value in sorted(score.metrics.items()):
            _field("metric", f"{one_line(name, 60)} {number(value)}")
        if score.feedback:
            _field("feedback", one_line(score.feedback, 600))
    for verdict in experiment.verdicts:
        if full or not verdict.passed or verdict.check in ("judge", "opinion"):
            state = "passed" if verdict.passed else "advisory" if verdict.advisory else "refused"
            state = "told" if verdict.check == "judge" else state  # a model's words, which refuse nothing
            _field(
                "check", one_line(f"{verdict.check} {state}{': ' + verdict.message if verdict.message else ''}", 300)
            )
    for execution in experiment.executions:
        _field(
            "execution",
            f"{execution.job.stage or '-'} seed {execution.job.seed}: {execution.status}"
            f"{' (truncated)' if execution.truncated else ''}, {execution.cpu_s:.2f} CPU s, "
            f"{seconds(execution.wall_s)} wall, {execution.peak_memory_mb:.0f} MiB, tier {execution.tier or '-'}",
        )
        if execution.error:
            _field("error", one_line(execution.error, 600))
        if full:
            _block("stdout", execution.stdout_tail)
            _block("stderr", execution.stderr_tail)
    if full:
        for attempt in experiment.attempts:
            if attempt.status != "accepted":
                _field("attempt", one_line(f"{attempt.index} {attempt.kind} {attempt.status}: {attempt.reason}", 300))
    if experiment.analysis is not None:
        _field("analysis", printable(experiment.analysis.summary, keep_newlines=False))
        for name, text in experiment.analysis.parts.items():
            _field(f"{name} *", one_line(text, 2000))
        if experiment.analysis.parts:
            _field("* told by", one_line(experiment.analysis.author, 100))
        if experiment.analysis.note:
            _field("no report", one_line(experiment.analysis.note, 400))
        for lesson in experiment.analysis.lessons:
            told = ", told by the model" if lesson.origin == "model" else ""
            _field("lesson", f"{one_line(lesson.text, 400)} (confidence {lesson.confidence:.2f}{told})")
    for path in sorted(candidate.files):
        click.echo(f"\n--- {one_line(path, 200)}")
        _source(candidate.files[path])


def write_data(path: str, outputs: Mapping[int, Mapping[str, Data]]) -> None:
    """Write returned data as ``.npz``: one array for each key (``rN.key`` if there are several replicates).

    Values that are no arrays are stored as JSON text in an array of one string, never as pickled objects.

    Raises:
        UsageError: If the name does not end in ``.npz`` or the file cannot be written.
    """
    import json

    import numpy as np

    from asi_evolve.report.text import plain

    target = Path(path)
    if target.suffix != ".npz":
        raise UsageError(f"--data {path}: the name must end in .npz")
    arrays: dict[str, Any] = {}
    for replicate, values in sorted(outputs.items()):
        prefix = f"r{replicate}." if len(outputs) > 1 else ""
        for key, value in values.items():
            numeric = isinstance(value, np.ndarray | np.generic | int | float) and not isinstance(value, bool)
            arrays[prefix + key] = np.asarray(value) if numeric else np.array(json.dumps(plain(value)))
    try:
        # An open file keeps numpy from adding a suffix, and keys such as "file" from clashing with its parameters.
        with target.open("wb") as stream:
            np.savez(stream, **arrays)
    except OSError as error:
        raise cannot_write("--data", target, error) from None
    click.echo(f"wrote {', '.join(sorted(arrays)) or 'nothing'} to {path}", err=True)


def _field(name: str, text: str) -> None:
    click.echo(f"{name:<11}{text}")


def _block(name: str, text: str) -> None:
    if text.strip():
        click.echo(f"{name}:")
        for line in printable(text).rstrip().splitlines():
            click.echo(f"  | {line}")


def _source(source: str) -> None:
    out = console()
    text = printable(source)
    if out.is_terminal:
        from rich.syntax import Syntax

        out.print(Syntax(text, "python", theme="ansi_dark", background_color="default", word_wrap=True))
    else:
        click.echo(text, nl=not text.endswith("\n"))
