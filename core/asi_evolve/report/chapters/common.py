"""Small things that several chapters say."""

from __future__ import annotations

import math
from collections.abc import Sequence

from asi_evolve.report.data import Report
from asi_evolve.report.text import number

#: Heads of columns that must not be broken.
CPU_S, WALL_S = "CPU\N{NO-BREAK SPACE}s", "wall\N{NO-BREAK SPACE}s"


def axis(report: Report) -> str:
    """What the vertical axis shows."""
    return f"{report.objective}, in {report.unit}" if report.unit else report.objective


def precise(value: float | None) -> str:
    """A value in the digits in which records are compared."""
    return number(value, 12)


def rounded(value: float, stderr: float) -> str:
    """A mean with its standard error, both to two significant digits of the latter."""
    if not stderr > 1e-12 * abs(value):
        return f"{precise(value)} ± 0"
    places = max(0, 1 - math.floor(math.log10(stderr)))
    return f"{value:.{places}f} ± {stderr:.{places}f}"


def aligned(values: Sequence[float | None], digits: int = 10) -> list[str]:
    """Values of one column with equally many decimals, as few as show ``digits`` significant ones of the largest."""
    known = [abs(value) for value in values if value is not None and value != 0]
    if not known or max(known) >= 10.0**digits or min(known) < 1e-6:
        return [number(value, digits) for value in values]
    places = max(0, digits - 1 - math.floor(math.log10(max(known))))
    texts = ["-" if value is None else f"{value:.{places}f}" for value in values]
    # Zeros that all of them end in say nothing.
    while places > 0 and all(text == "-" or text.endswith("0") for text in texts):
        texts = [text if text == "-" else text[:-1].rstrip(".") for text in texts]
        places -= 1
    return texts


def plural(count: int, noun: str) -> str:
    """``1 round``, ``2 rounds``; thousands are set apart."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
