"""The reference names every command, subcommand and option, and every example in it parses."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from asi_evolve.cli.app import COMMANDS, cli

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "cli.md"


def walk(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found = [(path, command)] if path else []
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            found += walk(child, (*path, name))
    return found


ALL = walk(cli)


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_command_and_its_options_are_documented(path, command):
    text = PAGE.read_text()
    if len(path) == 1:
        assert f"\n## {path[0]}\n" in text
        section = text.split(f"\n## {path[0]}\n")[1].split("\n## ")[0]
    else:
        section = text
        assert f"`{' '.join(path)}" in text
    assert f"asievolve {' '.join(path)}" in text or f"asievolve --plugin circle_packing {path[0]}" in text
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert any(f"`{name}" in text for name in parameter.opts), parameter.opts
    own = [p for p in command.params if isinstance(p, click.Option) and p.name not in COMMON]
    if path[0] not in ("fork", "config"):  # these two refer to the options of `run`
        for parameter in own:
            assert any(name in section for name in parameter.opts), parameter.opts


COMMON = {"plugin", "disable", "db", "config", "json", "help"}


def test_no_command_is_documented_that_does_not_exist():
    headings = set(re.findall(r"^## (\S+)$", PAGE.read_text(), flags=re.MULTILINE))
    assert headings == set(COMMANDS)


def examples() -> list[str]:
    blocks = re.findall(r"```\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    return [
        line for block in blocks for line in block.splitlines() if line.startswith("asievolve ") and "[" not in line
    ]


@pytest.mark.parametrize("line", examples())
def test_examples_parse(line):
    words = shlex.split(line.partition(" > ")[0])[1:]
    with cli.make_context("asievolve", words) as context:
        name, command, rest = cli.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        while isinstance(command, click.Group):
            name, command, rest = command.resolve_command(click.Context(command, parent=context), rest)
            assert command is not None
        command.make_context(name, rest, parent=context)
