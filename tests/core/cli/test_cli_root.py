"""The root: help, version, lazy imports, completion, plugins' own commands."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from asi_evolve import __version__
from asi_evolve.cli.app import COMMANDS, run_main

HEAVY = ("duckdb", "anthropic", "numpy", "rich", "scipy", "torch", "jax", "pyarrow", "pandas", "jinja2")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["report", "--help"]])
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import sys\n"
        "from asi_evolve.cli import main\n"
        f"status = main({arguments!r})\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], status, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr.strip() == "[] 0"


def test_help_lists_every_command_and_loads_none(invoke):
    text = invoke("--help").stdout
    for name, (_, short) in COMMANDS.items():
        assert name in text
        assert short.split(",")[0][:40] in text


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_and_the_common_options(invoke, name):
    text = invoke(name, "--help").stdout
    for option in ("--plugin", "--db", "--config", "--json", "-p"):
        assert option in text


@pytest.mark.parametrize(("arguments", "words"), [((), "doctor"), (("plugins",), "check"), (("cognition",), "search")])
def test_without_a_command_there_is_help(invoke, arguments, words):
    result = invoke(*arguments, code=2)
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) > 10
    assert words in result.stderr
    assert "error:" not in result.stderr


def test_version(invoke):
    assert invoke("--version").stdout == f"asievolve {__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(invoke, shell):
    text = invoke("completion", shell).stdout
    assert "_ASIEVOLVE_COMPLETE" in text
    assert json.loads(invoke("completion", shell, "--json").stdout)["shell"] == shell


def test_completion_completes_commands_and_options():
    done = subprocess.run(
        [sys.executable, "-m", "asi_evolve"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={
            "PATH": "/usr/bin:/bin",
            "_ASIEVOLVE_COMPLETE": "bash_complete",
            "COMP_WORDS": "asievolve re",
            "COMP_CWORD": "1",
        },
    )
    names = {line.partition(",")[2] for line in done.stdout.splitlines()}
    assert names == {"resume", "replay", "report"}


@pytest.mark.parametrize("before", [True, False])
def test_plugin_before_or_after_the_command(invoke, plugin_file, before):
    arguments = ("--plugin", plugin_file, "plugins", "info") if before else ("plugins", "info", "--plugin", plugin_file)
    assert json.loads(invoke(*arguments, "--json").stdout)["title"] == "Find the largest x"


def test_plugin_from_environment_and_project_file(invoke, plugin_file, tmp_path, monkeypatch):
    monkeypatch.setenv("ASIEVOLVE_PLUGIN", str(plugin_file))
    assert "Find the largest x" in invoke("plugins", "info").stdout
    monkeypatch.delenv("ASIEVOLVE_PLUGIN")
    (tmp_path / "asievolve.toml").write_text(f'plugin = "{plugin_file}"\n')
    assert "Find the largest x" in invoke("plugins", "info").stdout


COMMAND_PLUGIN = """
import click


@hookimpl
def register_commands(cli):
    @cli.command("greet")
    @click.argument("who")
    def greet(who):
        "Say hello."
        click.echo(f"hello {who}")
"""


def test_a_plugins_own_command(invoke, error_line, plugin_file, tmp_path):
    path = tmp_path / "with_command.py"
    path.write_text(plugin_file.read_text() + COMMAND_PLUGIN)
    assert invoke("--plugin", path, "greet", "Ada").stdout == "hello Ada\n"
    assert invoke("greet", "Ada", "--plugin", path).stdout == "hello Ada\n"
    assert "Say hello." in invoke("--plugin", path, "--help").stdout
    assert "no such command" in error_line(invoke("greet", "Ada", code=2))
    text = path.read_text().replace('"greet"', '"run"')
    path = tmp_path / "with_clash.py"
    path.write_text(text)
    assert "has already" in error_line(invoke("--plugin", path, "greet", code=2))


def test_disabling_a_plugin_needs_the_no_prefix(invoke, error_line):
    assert "no:NAME" in error_line(invoke("-p", "mine", "config", code=2))
    rows = {row["key"]: row["value"] for row in json.loads(invoke("-p", "no:mine", "config", "--json").stdout)}
    assert rows["plugins.disable"] == ["mine"]


def test_plugins_list(invoke):
    found = json.loads(invoke("plugins", "list", "--json").stdout)
    assert "circle_packing" in [entry["name"] for entry in found["domains"]]


def test_plugins_info(invoke, plugin_file):
    found = json.loads(invoke("plugins", "info", plugin_file, "--json").stdout)
    assert found["slots"] == [{"name": "guess", "kind": "function", "signature": "", "doc": "makes the number"}]
    assert found["backends"]["numpy"]["blocks"] == [{"name": "high", "slot": "guess", "cognition": []}]
    text = invoke("plugins", "info", plugin_file).stdout
    assert "the larger the better" in text
    assert "explore" in text


def test_a_plugin_to_leave_out_that_there_is_not_is_a_warning(plugin_file, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert run_main(["-p", "no:nothing", "plugins", "info", str(plugin_file)]) == 0
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert line.startswith("warning: -p no:nothing: there is no plugin of that name")


def test_settings_with_their_meaning_and_no_gaps_where_there_is_nothing(invoke, plugin_file, tmp_path):
    config = (
        "from dataclasses import dataclass, field\n\n\n@dataclass\nclass Config:\n    n: int = field(default=2, "
        'metadata={"low": 1, "high": 9})\n    """How many\n    there are."""\n\n\n'
    )
    text = plugin_file.read_text().replace("@hookimpl\ndef domain", f"{config}@hookimpl\ndef domain")
    text = text.replace("rounds=3,", "rounds=3, config=Config,").replace(', unit="units"', "")
    (tmp_path / "own.py").write_text(text)
    shown = invoke("plugins", "info", "./own.py").stdout
    assert shown.startswith("tiny: Find the largest x\n")
    assert "objective: x, 3 rounds by default" in shown
    (line,) = [line for line in shown.splitlines() if line.startswith("domain.n")]
    assert line.split("  ")[-1] == "How many there are."
    assert "a whole number from 1 to 9" in line
