"""Running and reporting a run: what ``run``, ``resume`` and ``fork`` have in common."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from asi_evolve.cli.shared import Shared, silence_stdout
from asi_evolve.errors import UsageError

if TYPE_CHECKING:
    from asi_evolve.api import Run


def play(shared: Shared, database: str, make: Callable[[Any], Run]) -> None:
    """Make a run with a progress display, print how it ended and exit with its status.

    Args:
        shared: The common options.
        database: Path for the summary.
        make: Called with the display; makes the run and waits for its end.
    """
    from asi_evolve.cli.progress import make_progress
    from asi_evolve.cli.progress.summary import summary_lines, summary_object

    progress = make_progress(json=shared.json)
    with orderly():
        try:
            run = make(progress)
        finally:
            progress.close()
    try:
        if shared.json:
            shared.emit(summary_object(run, database))
        else:
            for line in summary_lines(run, database):
                click.echo(line)
    except BrokenPipeError:
        # Whoever read our output went away; how the run ended is told by the exit status all the same.
        silence_stdout()
    code = run.outcome.exit_code if run.outcome is not None else 1
    if code and run.outcome is not None and not sys.stdout.isatty():  # a terminal has just shown it
        # The summary has said why; with --json, standard error has not.
        click.echo(f"ended with exit status {code}{f': {run.outcome.reason}' if shared.json else ''}", err=True)
    click.get_current_context().exit(code)


@contextmanager
def orderly() -> Iterator[None]:
    """Let SIGTERM, SIGHUP and Ctrl-C unwind what is under way, so that files are closed, and say so in one line.

    While rounds are made the loop has handlers of its own; this is for the time before and after.
    """
    ended: list[signal.Signals] = []

    def leave(number: int, frame: FrameType | None) -> None:
        ended.append(signal.Signals(number))
        raise SystemExit(128 + number)

    ours = (signal.SIG_DFL, signal.default_int_handler)
    old = {
        number: signal.signal(number, leave)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
        if threading.current_thread() is threading.main_thread() and signal.getsignal(number) in ours
    }
    try:
        yield
    except BaseException as error:
        # DuckDB turns what a handler raises during a query into an error of its own.
        if not ended:
            raise
        what = "interrupted" if ended[0] == signal.SIGINT else f"stopped by {ended[0].name}"
        click.echo(f"error: {what}", err=True)
        raise SystemExit(128 + ended[0]) from error
    finally:
        for number, handler in old.items():
            # The process is about to end with the status of the first signal; pressed again, it is the same wish, and
            # Python's own handling would end it by the signal in the midst of its last steps.
            signal.signal(number, signal.SIG_IGN if ended and number == ended[0] else handler)


def require_plugin(name: str) -> None:
    """Refuse an empty plugin name, listing what is installed."""
    if name:
        return
    from asi_evolve.plugins import available_domains

    names = [entry.name for entry in available_domains()]
    listing = f"installed: {', '.join(names)}" if names else "none is installed"
    raise UsageError(
        f"--plugin: no domain is chosen; {listing}. Give --plugin NAME, set ASIEVOLVE_PLUGIN, "
        'or write plugin = "NAME" in asievolve.toml'
    )
