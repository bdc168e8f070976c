"""What every command has in common: the options, where the answer goes, which database and which run."""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from asi_evolve.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from asi_evolve.config import Resolved
    from asi_evolve.store import Reader

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Shared:
    """Values of the options that are accepted before and after the command."""

    plugin: str | None = None
    db: str | None = None
    config: Path | None = None
    disabled: list[str] = field(default_factory=list)
    json: bool = False

    def flags(self) -> dict[str, Any]:
        """The given ones as dotted configuration keys."""
        flags: dict[str, Any] = {}
        if self.plugin is not None:
            flags["plugin"] = self.plugin
        if self.db is not None:
            flags["store.db"] = self.db
        if self.disabled:
            flags["plugins.disable"] = tuple(self.disabled)
        return flags

    def resolve(self, flags: Mapping[str, Any] | None = None, sets: Sequence[str] = ()) -> Resolved:
        """The settings from flags, environment, project file and defaults (``asi_evolve.config``)."""
        from asi_evolve.config import load_settings

        return load_settings(
            flags={**self.flags(), **(flags or {})},
            sets=tuple(sets),
            config_file=self.config,
            env=os.environ,
            cwd=Path.cwd(),
        )

    def database(self) -> str:
        """Path of the database that the options, the environment or the project file name."""
        return checked_database(self.resolve().settings.store.db)

    def reader(self) -> Reader:
        """The database, read live through its owner or from the file."""
        from asi_evolve.store import open_reader

        return open_reader(self.database())

    def run_id(self, reader: Reader, text: str | None) -> str:
        """The run that ``text`` names; without one, the latest (of ``--plugin`` where that was given)."""
        if text is None and self.plugin is not None:
            mine = [info for info in reader.runs() if self.plugin in (info.plugin, info.config.get("plugin"))]
            if not mine:
                raise UsageError(f"{self.database()} has no run of plugin {self.plugin!r}; see `asievolve status`")
            return mine[-1].run_id
        return reader.resolve_run(text)

    def emit(self, value: Any) -> None:
        """Print the one JSON value of ``--json`` on standard output."""
        from asi_evolve.report.text import plain

        click.echo(json.dumps(plain(value), indent=2, ensure_ascii=True, allow_nan=False))


def checked_database(path: str | os.PathLike[str]) -> str:
    """``path`` as text.

    Raises:
        UsageError: If it is a folder.
    """
    if Path(path).is_dir():
        raise UsageError(f"--db {path}: is a folder; give the name of a file, for example {Path(path) / 'runs.duckdb'}")
    return str(path)


def _store(attribute: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        shared = ctx.find_root().ensure_object(Shared)
        if value is None or value is False or value == ():
            return
        if attribute == "disabled":
            shared.disabled.extend(_disabled(value))
            return
        known = getattr(shared, attribute)
        if known not in (None, False) and known != value:
            raise click.UsageError(f"--{attribute} is given twice with different values: {known} and {value}", ctx)
        setattr(shared, attribute, value)

    return callback


def _disabled(values: Sequence[str]) -> list[str]:
    names = []
    for value in values:
        prefix, colon, name = value.partition(":")
        if prefix != "no" or not colon or not name:
            raise click.UsageError(f"-p {value}: write no:NAME to leave out the plugin NAME")
        names.append(name)
    return names


def complete_plugin(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Names of the installed domains, for the shell's completion."""
    from asi_evolve.plugins import available_domains

    return [entry.name for entry in available_domains() if entry.name.startswith(incomplete)]


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--plugin",
        metavar="NAME",
        expose_value=False,
        is_eager=True,
        callback=_store("plugin"),
        shell_complete=complete_plugin,
        help="Domain to work on: an installed name, a .py file or a module. Also ASIEVOLVE_PLUGIN.",
    ),
    click.option(
        "-p",
        "disable",
        metavar="no:NAME",
        multiple=True,
        expose_value=False,
        callback=_store("disabled"),
        help="Leave out an installed service plugin. Repeatable.",
    ),
    click.option(
        "--db",
        metavar="FILE",
        expose_value=False,
        callback=_store("db"),
        help="Database. Default: asievolve.duckdb here.",
    ),
    click.option(
        "--config",
        metavar="FILE",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_store("config"),
        help="Project file. Default: asievolve.toml here, if there is one.",
    ),
    click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=_store("json"),
        help="Print one JSON value on standard output and nothing else.",
    ),
)


def common(function: F) -> F:
    """Add the options that every command has; their values are in the context's :class:`Shared`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def console(*, stderr: bool = False) -> Console:
    """A rich console that reads no markup; off a terminal, lines are as long as they need to be."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    tty = stream.isatty()
    return Console(
        file=stream, markup=False, highlight=False, emoji=False, soft_wrap=not tty, width=None if tty else 10_000
    )


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """Print a table; cells must be printable text already. ``right``: columns to align on the right.

    On a terminal long cells fold; elsewhere every row is one line, so that ``grep`` and ``cut`` can be used.
    """
    if not sys.stdout.isatty():
        widths = [max(len(cell) for cell in cells) for cells in zip(columns, *rows, strict=True)]
        for row in (columns, *rows):
            cells = [
                cell.rjust(width) if column in right else cell.ljust(width)
                for cell, width, column in zip(row, widths, columns, strict=True)
            ]
            click.echo("  ".join(cells).rstrip())
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*[Text(cell) for cell in row])
    console().print(table)


def silence_unread() -> None:
    """Point standard output and error nowhere where their reader has stopped reading, or the end would wait for it."""
    for number in (1, 2):
        if not select.select([], [number], [], 0)[1]:
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def silence_stdout() -> None:
    """Point standard output nowhere after its reader went away, or the flush at exit complains."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
