"""The root of the command line: which commands there are, how they are loaded, how errors end.

Help and ``--version`` import no command module and no heavy library; the table below is all they need.
"""

from __future__ import annotations

import difflib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from asi_evolve import __version__
from asi_evolve.cli.shared import Shared, common, silence_stdout
from asi_evolve.errors import AsiEvolveError, PluginError

#: Command -> (module in this package, short help). The object in the module is called ``command``.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run", "Start a run: propose, execute, score, analyze, again."),
    "resume": ("resume", "Go on with a run that ended or was interrupted."),
    "fork": ("fork", "Start a run from an earlier point of another."),
    "replay": ("replay", "Make a finished run again and compare."),
    "brief": ("brief", "What the next round is asked, for a coding agent or a person."),
    "submit": ("submit", "Hand in the program of the next round and get its score."),
    "mcp": ("mcp", "Serve brief and submit to a coding agent (MCP over stdio)."),
    "status": ("status", "Runs in the database and how they stand, live ones too."),
    "best": ("best", "The best experiment of a run."),
    "show": ("show", "One experiment with everything that is recorded of it."),
    "diff": ("diff", "What changed between two experiments."),
    "lineage": ("lineage", "Where an experiment comes from, or a run's whole tree."),
    "report": ("report", "Write the report of a run (Markdown, HTML)."),
    "export": ("export", "Write a run's experiments to Parquet, CSV or JSON lines."),
    "sql": ("sql", "Ask the database with one SELECT."),
    "plugins": ("plugins", "List, describe and check domains."),
    "cognition": ("cognition", "The knowledge base: add, search, list, export."),
    "config": ("config", "Every setting with its value and where it came from."),
    "doctor": ("doctor", "What works here, what does not, and why."),
    "completion": ("completion", "Print the completion script for a shell."),
}


class LazyGroup(click.Group):
    """The root group: built-in commands are imported on use, a chosen plugin's own commands after them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The built-in commands, then those of the plugin that was named with ``--plugin``."""
        names = list(COMMANDS)
        if ctx.ensure_object(Shared).plugin is not None:
            names += sorted(self._plugin_commands(ctx))
        return names

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None if there is none."""
        if cmd_name in COMMANDS:
            module = import_module(f"asi_evolve.cli.commands.{COMMANDS[cmd_name][0]}")
            command: click.Command = module.command
            return command
        return self._plugin_commands(ctx).get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for one of a plugin, ``--plugin`` may also stand after it."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            args = [name, *_hoist_plugin(ctx, args[1:])]
            if self.get_command(ctx, name) is None:
                near = difflib.get_close_matches(name, self.list_commands(ctx), n=2, cutoff=0.5)
                hint = f"did you mean {' or '.join(near)}?" if near else "see `asievolve --help`"
                raise click.UsageError(f"no such command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing them."""
        rows = [(name, text) for name, (_, text) in COMMANDS.items()]
        if ctx.ensure_object(Shared).plugin is not None:
            commands = self._plugin_commands(ctx)
            rows += [(name, commands[name].get_short_help_str(70)) for name in sorted(commands)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _plugin_commands(self, ctx: click.Context) -> dict[str, click.Command]:
        """The chosen plugin's own commands; empty if none is chosen. Errors name the plugin."""
        shared = ctx.find_root().ensure_object(Shared)
        settings = shared.resolve().settings
        if not settings.plugin:
            return {}
        from asi_evolve.plugins import load_plugins

        group = click.Group()
        load_plugins(settings.plugin, disabled=settings.plugins.disable).hook.register_commands(cli=group)
        for name in group.commands:
            if name in COMMANDS:
                raise PluginError(f"plugin {settings.plugin} adds a command {name!r}, which asievolve has already")
        return dict(group.commands)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = "asievolve",
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run and, unless ``standalone_mode=False``, turn every error into one line and an exit status."""

        def call() -> Any:
            return super(LazyGroup, self).main(args, prog_name, complete_var, standalone_mode=False, **extra)

        if not standalone_mode:
            return call()
        code = _guarded(call)
        if code == 130 and args is None:
            # The process ends now. Pressed again, Python would end it by the signal, with another status.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(code)


def _hoist_plugin(ctx: click.Context, args: list[str]) -> list[str]:
    """Take ``--plugin NAME`` out of ``args`` and remember it: a plugin's own command does not know the option."""
    rest: list[str] = []
    shared = ctx.find_root().ensure_object(Shared)
    index = 0
    while index < len(args):
        if args[index] == "--plugin" and index + 1 < len(args):
            shared.plugin = args[index + 1]
            index += 2
        elif args[index].startswith("--plugin="):
            shared.plugin = args[index].partition("=")[2]
            index += 1
        else:
            rest.append(args[index])
            index += 1
    return rest


def _guarded(call: Any) -> int:
    """Run ``call``; print one line for every expected error; return the exit status."""
    debug = bool(os.environ.get("ASIEVOLVE_DEBUG"))
    try:
        result = call()
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.Abort:
        click.echo("error: interrupted", err=True)
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)  # the whole help: there is no one mistake to name
        return error.exit_code
    except click.ClickException as error:
        _fail(_usage_line(error))
        return error.exit_code
    except AsiEvolveError as error:
        if debug:
            raise
        _fail(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        click.echo("error: interrupted", err=True)
        return 130
    except BrokenPipeError:
        silence_stdout()  # the reader of our output (head, less) went away
        return 0
    except Exception as error:
        if isinstance(error, RuntimeError) and str(error) == "Query interrupted":
            click.echo("error: interrupted", err=True)  # how DuckDB tells of a Ctrl-C during a query
            return 130
        if debug:
            raise
        _fail(
            f"{type(error).__name__}: {error} (this is a bug of asi-evolve or of the plugin: "
            "set ASIEVOLVE_DEBUG=1 for the traceback, and please report it)"
        )
        return 1


def _near_options(error: click.NoSuchOption) -> str:
    """The command's options nearest to the one given, nearest first (click's own list is by the alphabet)."""
    parameters = error.ctx.command.params if error.ctx is not None else []
    known = [name for one in parameters for name in (*one.opts, *one.secondary_opts) if name.startswith("--")]
    near = difflib.get_close_matches(error.option_name, known, n=2, cutoff=0.6)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


class _WarningLines(logging.Handler):
    """Prints what the package logs in the form of its errors: ``warning: ...``, on one line of standard error."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record."""
        from asi_evolve.report.text import printable

        text = printable(record.getMessage(), keep_newlines=False)
        if record.exc_info is not None and record.exc_info[1] is not None:
            text += f" ({type(record.exc_info[1]).__name__}: {printable(str(record.exc_info[1]), keep_newlines=False)})"
        click.echo(f"{record.levelname.lower()}: {text}", err=True)


def _usage_line(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption):
        message = f"no such option {error.option_name}{_near_options(error)}"
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{message[:1].lower()}{message[1:]} (see `{error.ctx.command_path} --help`)"
    return message


def _fail(message: str) -> None:
    from asi_evolve.report.text import printable

    click.echo(f"error: {printable(message, keep_newlines=False)}", err=True)


@click.group(
    "asievolve",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Start with: asievolve plugins list; asievolve --plugin circle_packing run. "
    "Exit status: 0 done, 1 failed or ended short, 2 bad input, 3 a budget stopped it, 129, 130 or 143 a signal.",
)
@click.version_option(__version__, "--version", prog_name="asievolve", message="%(prog)s %(version)s")
@common
def cli() -> None:
    """Autonomous research as a loop: propose a program, run it in a sandbox, score it, learn, go round again."""


def run_main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    log = logging.getLogger("asi_evolve")
    if not any(isinstance(handler, _WarningLines) for handler in log.handlers):
        log.addHandler(_WarningLines())
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                errors="backslashreplace"
            )  # a terminal that cannot show a character still shows the rest
    try:
        cli.main(args)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    return 0
