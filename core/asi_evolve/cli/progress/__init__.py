"""Telling people how a run goes: plain lines, a live display on a terminal, and the summary at the end."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asi_evolve.cli.progress.plain import PlainProgress


def make_progress(*, json: bool) -> PlainProgress:
    """The display for this terminal; with ``json`` it writes to standard error and standard output stays free.

    A display that repaints is used only on a terminal that can (``TERM`` is not ``dumb``) and not under ``CI``.
    """
    stream = sys.stderr if json else sys.stdout
    if stream.isatty() and os.environ.get("TERM", "dumb") != "dumb" and not os.environ.get("CI"):
        from asi_evolve.cli.progress.live import LiveProgress

        return LiveProgress(stream)
    from asi_evolve.cli.progress.plain import PlainProgress

    return PlainProgress(stream)


__all__ = ["make_progress"]
