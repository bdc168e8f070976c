"""The score-by-round curve as SVG, drawn without a plotting library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from xml.sax.saxutils import escape

from asi_evolve.report.text import printable

T = TypeVar("T")

#: Size of the picture and of its margins, in user units.
WIDTH, HEIGHT = 760, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 16, 16, 52
#: Values beyond this are drawn at it: the difference of two values, and the room above them, must be numbers too.
_LARGEST = 1e307
#: Differences below this cannot be divided into steps any more.
_SMALLEST = 1e-300


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About ``count`` round numbers (1, 2 or 5 times a power of ten apart) from ``low`` to ``high``.

    The step is the smallest such that no more than ``count`` + 1 fit (Heckbert, "Nice Numbers for Graph Labels",
    Graphics Gems, 1990).
    """
    span = high - low
    if not span > 0:
        return [low]
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def score_by_round(rows: Sequence[Mapping[str, Any]], objective: str) -> str:
    """Values by round as dots, the best so far as a line, failures as marks on the axis.

    Args:
        rows: Experiments in completion order with ``round``, ``valid`` and ``value``.
        objective: Label of the vertical axis; any text.

    Returns:
        An ``<svg>`` element without scripts, styles or references to anything outside.
    """
    points = [
        (int(row["round"]), max(-_LARGEST, min(_LARGEST, float(row["value"]))))
        for row in rows
        if row["valid"] and row["value"] is not None
    ]
    failed = [int(row["round"]) for row in rows if not row["valid"]]
    last = max([1, *(int(row["round"]) for row in rows)])
    low, high = _range([value for _, value in points])

    def x(number: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * number / last, 1)

    def y(value: float) -> float:
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * ((value - low) / (high - low)), 1)

    objective = printable(objective, keep_newlines=False)
    label = f"{objective} by round: {len(points)} valid, {len(failed)} failed"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(label, {chr(34): "&quot;"})}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    base = HEIGHT - _BOTTOM
    for value in ticks(low, high):
        parts.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(value)}" y2="{y(value)}" stroke="#e3e6ea"/>')
        text = _label(value, high - low)
        parts.append(f'<text x="{_LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end" fill="#444">{text}</text>')
    for number in ticks(0, last, 8):
        if number == int(number):
            parts.append(f'<text x="{x(number)}" y="{base + 20}" text-anchor="middle" fill="#444">{int(number)}</text>')
    parts.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{base}" y2="{base}" stroke="#888"/>')
    for number in _thinned(failed):
        at = x(number)
        parts.append(
            f'<path d="M{at - 3:.1f} {base - 3}l6 6m0 -6l-6 6" stroke="#c0392b" stroke-width="1.5" fill="none"/>'
        )
    parts += [f'<circle cx="{x(n)}" cy="{y(v)}" r="3" fill="#2f6fb3" fill-opacity="0.7"/>' for n, v in _thinned(points)]
    line = _best_line(points, last)
    if line:
        path = " ".join(f"{x(number)},{y(value)}" for number, value in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="#d9822b" stroke-width="2"/>')
    else:
        middle = (_LEFT + WIDTH - _RIGHT) / 2
        parts.append(f'<text x="{middle}" y="{HEIGHT / 2}" text-anchor="middle" fill="#444">no valid result</text>')
    parts += _legend(objective, base)
    parts.append("</svg>")
    return "".join(parts)


def _thinned(marks: list[T]) -> list[T]:
    """At most about 3,000 of ``marks``, evenly: more cannot be told apart and make the page slow."""
    return marks[:: max(1, -(-len(marks) // 3000))]


def _range(values: Sequence[float]) -> tuple[float, float]:
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    pad = next(room for room in (0.05 * (high - low), 0.05 * abs(high), 1.0) if room > _SMALLEST)
    return low - pad, high + pad


def _best_line(points: Sequence[tuple[int, float]], last: int) -> list[tuple[int, float]]:
    """The corners of the best-so-far staircase, by round."""
    corners: list[tuple[int, float]] = []
    best: float | None = None
    for number, value in sorted(points, key=lambda point: point[0]):
        if best is None or value > best:
            if best is not None:
                corners.append((number, best))
            corners.append((number, value))
            best = value
    if best is not None:
        corners.append((last, best))
    return corners


def _label(value: float, span: float) -> str:
    digits = max(0, min(12, 1 - math.floor(math.log10(span)))) if span > 0 else 2
    return f"{value:.{digits}f}" if abs(value) < 1e6 else f"{value:.3g}"


def _legend(objective: str, base: int) -> list[str]:
    y = base + 42
    short = objective if len(objective) <= 40 else objective[:37] + "..."
    return [
        f'<text x="{WIDTH - _RIGHT}" y="{base + 34}" text-anchor="end" fill="#444">round</text>',
        f'<circle cx="{_LEFT}" cy="{y - 4}" r="3" fill="#2f6fb3"/><text x="{_LEFT + 8}" y="{y}" fill="#444">'
        f"{escape(short)}</text>",
        f'<line x1="{_LEFT + 290}" x2="{_LEFT + 312}" y1="{y - 4}" y2="{y - 4}" stroke="#d9822b" stroke-width="2"/>'
        f'<text x="{_LEFT + 318}" y="{y}" fill="#444">best so far</text>',
        f'<path d="M{_LEFT + 410} {y - 7}l6 6m0 -6l-6 6" stroke="#c0392b" stroke-width="1.5" fill="none"/>'
        f'<text x="{_LEFT + 422}" y="{y}" fill="#444">no valid value</text>',
    ]
