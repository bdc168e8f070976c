"""Progress: each round as a mark, the best so far as a step, the controls beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from asi_evolve.report.controls import Control, Series
from asi_evolve.report.figures.axes import (
    Frame,
    Mark,
    corners,
    drawable,
    escape,
    legend,
    limits,
    picture,
    thinned,
)

#: Marks of one kind in a picture.
_MOST = 4000

_SQUARE = "M-3.5 -3.5h7v7h-7z"
_CROSS = "M-3 -3l6 6m0 -6l-6 6"
_RING = "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0"
_DOWN = "M-3.5 -5h7l-3.5 5z"
_LINE = "M-8 0h16"
_DOT = "M0 0h0"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture and what its caption must say."""

    svg: str
    below: int
    """Values below the axis."""
    left_out: int
    """Marks that were thinned away."""


def progress(
    rows: Sequence[Mapping[str, Any]],
    series: Series,
    controls: Sequence[Control],
    *,
    by: Literal["rounds", "cpu"],
    name: str,
    width: int,
    target: float | None = None,
    floor: float | None = None,
) -> Drawn:
    """Values as dots, the best so far as a line, failures as crosses on the axis, controls as dashed lines.

    Args:
        rows: Experiments in completion order.
        series: Their values and sums, row by row.
        controls: Runs to draw beside it.
        by: Horizontal axis: the round, or the CPU seconds of all candidates up to then.
        name: Of the vertical axis; any text.
        width: Of the picture.
        target: Drawn as a line, where it is near enough to be seen.
        floor: Where the vertical axis begins: an enlargement, which leaves out what lies below. None: chosen.
    """
    places = [float(row["round"]) for row in rows] if by == "rounds" else list(series.cpu_s)
    last = max([places[-1] if by == "cpu" and places else 0.0, *places, 1.0 if by == "rounds" else 1e-3])
    lines = []
    for control in controls:
        theirs = control.series
        at = [float(n) for n in theirs.rounds] if by == "rounds" else list(theirs.cpu_s)
        last = max(last, at[-1] if at else 0.0)
        lines.append((at, theirs))
    own = sorted(zip(places, series.values, strict=True), key=lambda pair: pair[0])
    step = corners(own, max(places, default=0.0))
    dashed = [corners(zip(at, theirs.values, strict=True), at[-1] if at else 0.0) for at, theirs in lines]
    values = [drawable(value) for value in series.values if value is not None]
    must = [value for line in dashed for _, value in line[-2:]]
    low, high, _ = limits(values, must)
    if target is not None and low < target < high + 0.5 * (high - low):
        low, high, _ = limits(values, [*must, target])
    if floor is not None:
        step, dashed = _above(step, floor), [_above(line, floor) for line in dashed]
        low, high = floor, high_of(floor, [*values, *must, *([target] if target is not None else [])])
    frame = Frame(width, 300 if width > 500 else 250, (0.0, last), (low, high))

    parts = frame.axes("round" if by == "rounds" else "CPU seconds of programs", name, whole=by == "rounds")
    marks, drawn, left_out = _marks(frame, rows, places, series.values, below=floor is None)
    if target is not None and low < target < high:
        y = frame.y(target)
        parts.append(f'<line class="target" x1="{frame.left}" x2="{width - frame.right}" y1="{y}" y2="{y}"/>')
        text = escape(f"target {target:.10g}")
        parts.append(f'<text x="{frame.left + 4}" y="{y - 4:.1f}">{text}</text>')
    parts += drawn
    for line in dashed:
        parts.append(_polyline(frame, line, "control"))
    if step:
        parts.append(_polyline(frame, step, "best"))
        marks.insert(0, ("best", _LINE, "best so far"))
    else:
        middle = (frame.left + width - frame.right) / 2
        parts.append(f'<text x="{middle}" y="{frame.height / 2}" text-anchor="middle">no valid value</text>')
    if dashed:
        marks.insert(
            min(1, len(marks)), ("control", _LINE, f"best so far of {len(dashed)} control run{'s' * (len(dashed) > 1)}")
        )
    below = sum(value < low for value in values)
    if below and floor is None:
        marks.append(("low", _DOWN, "below this axis"))
    made, end = legend(marks, width, frame.height + 12)
    failed = sum(not row["valid"] for row in rows)
    alt = f"{name} by {'round' if by == 'rounds' else 'CPU seconds'}: {len(values)} with a value, {failed} without"
    return Drawn(picture([*parts, *made], width, end, alt), below, left_out)


def _marks(
    frame: Frame,
    rows: Sequence[Mapping[str, Any]],
    places: Sequence[float],
    values: Sequence[float | None],
    *,
    below: bool,
) -> tuple[list[Mark], list[str], int]:
    """The legend, the marks as one path for each kind, and how many were thinned away."""
    kinds: dict[str, list[str]] = {"dot": [], "llm": [], "human": [], "cut": [], "seed": [], "bad": [], "low": []}
    shapes = {"dot": _DOT, "llm": _DOT, "human": _DOT, "cut": _RING, "seed": _SQUARE, "bad": _CROSS, "low": _DOWN}
    for row, place, value in zip(rows, places, values, strict=True):
        x = frame.x(place)
        if not row["valid"]:
            kinds["bad"].append(f"M{x} {frame.base}")
        elif value is None:
            continue
        elif value < frame.y_range[0]:
            if below:
                kinds["low"].append(f"M{x} {frame.base - 2}")
        elif row["origin"] in ("seed", "baseline"):
            kinds["seed"].append(f"M{x} {frame.y(value)}")
        elif row["truncated"]:
            kinds["cut"].append(f"M{x} {frame.y(value)}")
        else:
            kinds[row["origin"] if row["origin"] in ("llm", "human") else "dot"].append(f"M{x} {frame.y(value)}")
    words = {
        "dot": "program of the grammar",
        "llm": "program of a model",
        "human": "program of a person or plugin",
        "cut": "cut short by a limit",
        "seed": "seed or baseline",
        "bad": "no valid value",
    }
    parts, marks, left_out = [], [], 0
    for kind, all_found in kinds.items():
        found = list(dict.fromkeys(all_found))
        kept = thinned(found, _MOST)
        left_out += len(found) - len(kept)
        if not kept:
            continue
        # A shape is written relative to the place of its mark: "M12 30" and then "m-3 -3l6 6...".
        shape = shapes[kind].replace("M", "m", 1)
        classes = f"dot {kind}" if kind in ("llm", "human") else kind
        parts.append(f'<path class="{classes}" d="{"".join(place + shape for place in kept)}"/>')
        if kind in words:
            marks.append((classes, shapes[kind], words[kind]))
    return marks, parts, left_out


def enlarged(values: Sequence[float], controls: Sequence[float]) -> float | None:
    """Where an enlargement of the upper part begins; None where the whole shows as much.

    It is drawn where the better half of the values takes less than a fifth of the height.

    Args:
        values: Of the programs.
        controls: The last best of each control run.
    """
    if len(values) < 6:
        return None
    ordered = sorted(values)
    low, middle, high = ordered[0], ordered[len(ordered) // 2], max(ordered[-1], *controls, ordered[-1])
    if not high > middle or high - middle > 0.2 * (high - low):
        return None
    return min([middle, *(value for value in controls if value > low)]) - 0.08 * (high - middle)


def _above(line: list[tuple[float, float]], floor: float) -> list[tuple[float, float]]:
    """The part of a staircase above ``floor``, from where it rises through it."""
    kept = [point for point in line if point[1] >= floor]
    return [(kept[0][0], floor), *kept] if kept and len(kept) < len(line) else kept


def high_of(floor: float, values: Sequence[float]) -> float:
    """Where the axis of an enlargement ends."""
    top = max(values)
    return top + 0.06 * (top - floor)


def _polyline(frame: Frame, line: Sequence[tuple[float, float]], name: str) -> str:
    points = [f"{frame.x(place)},{frame.y(value)}" for place, value in line]
    return f'<polyline class="{name}" points="{" ".join(dict.fromkeys(points))}"/>'
