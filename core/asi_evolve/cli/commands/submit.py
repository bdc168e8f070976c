"""``asievolve submit``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from asi_evolve.cli.session import orderly
from asi_evolve.cli.shared import Shared, common
from asi_evolve.errors import UsageError
from asi_evolve.report.text import number, one_line, printable

if TYPE_CHECKING:
    from asi_evolve.api import Submitted

#: Most bytes of one file that is handed in.
_MAX_BYTES = 4_000_000


@click.command("submit")
@click.argument("run")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--round", "number_", type=int, metavar="N", help="The round that the brief was for.")
@click.option("--agent", default="agent", show_default=True, metavar="NAME", help="Who wrote it, for the record.")
@click.option("--motivation", metavar="TEXT", help="What is changed and why; FILE... are then the program's files.")
@click.option("--expected-effect", metavar="TEXT", help="What should be measured; goes with --motivation.")
@click.option(
    "--used", multiple=True, metavar="ID=HOW", help="What the idea draws on; goes with --motivation. Repeatable."
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Folder that the program's paths are counted from. Default: each FILE stands at the top.",
)
@common
@click.pass_obj
def command(
    shared: Shared,
    run: str,
    files: tuple[str, ...],
    number_: int | None,
    agent: str,
    motivation: str | None,
    expected_effect: str | None,
    used: tuple[str, ...],
    root: Path | None,
) -> None:
    """Make the next round of RUN ("latest" for the newest) with a program that you hand in.

    FILE is the JSON object that `asievolve brief` asks for, or "-" for standard input. With --motivation and
    --expected-effect, FILE... are the files of the program, each whole.

    Exit status 0 if the result is valid, 1 if it is recorded but not valid, 2 if nothing was recorded.
    """
    from asi_evolve import api

    reasons = {"--motivation": motivation, "--expected-effect": expected_effect}
    if motivation is None and expected_effect is None and not used and root is None:
        if len(files) != 1:
            raise UsageError(
                f"{len(files)} files: give the one JSON answer, or give the program's files with --motivation and "
                "--expected-effect"
            )
        answer = _text(files[0])
    else:
        for name, value in reasons.items():
            if value is None or not value.strip():
                raise UsageError(f"{name}: is missing; say it in a sentence or two")
        answer = json.dumps(
            {
                "motivation": motivation,
                "expected_effect": expected_effect,
                "used": [dict(zip(("id", "how"), text.partition("=")[::2], strict=True)) for text in used],
                "files": [{"path": _path(name, root), "source": _text(name)} for name in files],
                "edits": [],
            }
        )
    with orderly():
        made = api.submit(
            shared.database(), None if run == "latest" else run, answer=answer, author=agent, round=number_
        )
    if shared.json:
        from asi_evolve.api.handoff import outcome_object

        shared.emit(outcome_object(made))
    else:
        for line in _lines(made):
            click.echo(line)
    click.get_current_context().exit(made.exit_code)


def _path(name: str, root: Path | None) -> str:
    """Path of a file within the program."""
    if name == "-":
        raise UsageError("-: the program's files have names; standard input takes the JSON answer only")
    if root is None:
        return Path(name).name
    try:
        return Path(name).absolute().relative_to(root.absolute()).as_posix()
    except ValueError:
        raise UsageError(f"{name}: is not below --root {root}; move it there, or leave --root out") from None


def _text(name: str) -> str:
    """The text of a file that is handed in."""
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(_MAX_BYTES + 1)
        else:
            path = Path(name)
            if path.is_symlink() or not path.is_file():
                raise UsageError(f"{name}: {'is a link' if path.is_symlink() else 'is no file'}; give a plain file")
            with path.open("rb") as file:
                raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror or error}") from None
    if len(raw) > _MAX_BYTES:
        raise UsageError(f"{name}: is larger than {_MAX_BYTES} bytes; nothing that long is a program")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from None


def _lines(made: Submitted) -> list[str]:
    from asi_evolve.api.handoff import experiment_told

    if made.experiment is None:
        return [f"nothing recorded: {made.outcome.reason}"]
    told = experiment_told(made.experiment)
    value = f"value {number(told['value'])}" if told["valid"] else "no valid value"
    before = "" if made.best_before is None else f" (best before: {number(made.best_before)})"
    lines = [
        f"{told['experiment_id']}: {told['status']}, {value}{', a new best' if made.is_best else ''}{before}",
        *(f"  {name} = {number(value)}" for name, value in told["metrics"].items()),
    ]
    if told["refused_by"] is not None:
        lines.append(
            f"refused by the check {told['refused_by']['check']}: {one_line(told['refused_by']['message'], 600)}"
        )
    for name in ("feedback", "error", "analysis"):
        if told[name].strip():
            lines.append(f"{name}: {one_line(told[name], 1200)}")
    if told["output_tail"].strip():
        lines += ["end of its output:", printable(told["output_tail"])]
    if told["unknown_ids"]:
        lines.append(f"not stored as used, for they were not shown: {one_line(', '.join(told['unknown_ids']), 300)}")
    return [*lines, made.outcome.reason]
