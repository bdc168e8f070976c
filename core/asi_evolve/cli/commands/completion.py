"""``asievolve completion``."""

from __future__ import annotations

import click

from asi_evolve.cli.shared import Shared, common


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@common
@click.pass_obj
def command(shared: Shared, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash: eval "$(asievolve completion bash)"      in ~/.bashrc
    zsh:  eval "$(asievolve completion zsh)"       in ~/.zshrc
    fish: asievolve completion fish > ~/.config/fish/completions/asievolve.fish
    """
    from click.shell_completion import ShellComplete, get_completion_class

    from asi_evolve.cli.app import cli

    found = get_completion_class(shell)
    assert found is not None
    # The base class's source(): bash's own asks the installed bash for its version, and there may be none here.
    script = ShellComplete.source(found(cli, {}, "asievolve", "_ASIEVOLVE_COMPLETE"))
    if shared.json:
        shared.emit({"shell": shell, "script": script})
    else:
        click.echo(script)
