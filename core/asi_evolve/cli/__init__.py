"""The command line, ``asievolve``. Each group of commands is a file of its own, imported on use."""

from __future__ import annotations

from collections.abc import Sequence


def main(args: Sequence[str] | None = None) -> int:
    """Run ``asievolve`` and return its exit status.

    Args:
        args: The arguments; None means those of the process.
    """
    from asi_evolve.cli.app import run_main

    return run_main(args)


__all__ = ["main"]
