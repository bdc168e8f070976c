"""``tunable``: the mark that makes a literal in a candidate's source a constant that can be tuned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def tunable(
    default: T,
    low: float | None = None,
    high: float | None = None,
    log: bool = False,
    choices: Sequence[T] | None = None,
) -> T:
    """Return ``default``; the other arguments tell the grammar proposer how it may be changed.

    ``low`` and ``high`` bound a number (inclusive; an int stays an int), ``log=True`` draws and mutates it
    on a logarithmic scale (both bounds above 0), ``choices`` lists the alternatives of anything else.
    All arguments must be literals: they are read from the source, never executed, by the proposer.
    """
    return default
