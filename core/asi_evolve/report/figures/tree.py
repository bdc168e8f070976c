"""The family tree: every program joined to its parent, the line that leads to the best in bold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from asi_evolve.report.figures.axes import Frame, legend, limits, picture, thinned
from asi_evolve.report.figures.progress import Drawn

_EDGES = 3000


def tree(
    rows: Sequence[Mapping[str, Any]], values: Sequence[float | None], line: Sequence[str], *, name: str, width: int
) -> Drawn:
    """Programs by round and value, joined to their main parents.

    Args:
        rows: Experiments in completion order.
        values: Their values at the stage that is drawn.
        line: Experiment ids from the seed to the best; the numbers in the picture count along it from 0.
        name: Of the vertical axis; any text.
        width: Of the picture.
    """
    place = {
        row["experiment_id"]: (float(row["round"]), value)
        for row, value in zip(rows, values, strict=True)
        if value is not None
    }
    low, high, below = limits([value for _, value in place.values()], [place[i][1] for i in line if i in place])
    last = max([1.0, *(x for x, _ in place.values())])
    frame = Frame(width, 320 if width > 500 else 270, (0.0, last), (low, high))
    parts = frame.axes("round", name, whole=True)

    def at(experiment_id: str) -> tuple[float, float]:
        x, y = place[experiment_id]
        return frame.x(x), frame.y(y)

    edges = []
    for row in rows:
        parent = row["parents"][0] if row["parents"] else ""
        if row["experiment_id"] in place and parent in place:
            (x1, y1), (x2, y2) = at(parent), at(row["experiment_id"])
            edges.append(f"M{x1} {y1}L{x2} {y2}")
    kept = thinned(edges, _EDGES)
    if kept:
        parts.append(f'<path class="edge" d="{"".join(kept)}"/>')
    dots = thinned(list(dict.fromkeys(f"M{x} {y}h0" for x, y in map(at, place))), _EDGES)
    parts.append(f'<path class="dim" d="{"".join(dots)}"/>')
    members = [experiment_id for experiment_id in line if experiment_id in place]
    points = [at(experiment_id) for experiment_id in members]
    if len(points) > 1:
        parts.append(f'<polyline class="line" points="{" ".join(f"{x},{y}" for x, y in points)}"/>')
    parts += _nodes(points, [list(line).index(experiment_id) for experiment_id in members])
    marks = [("line", "M-8 0h16", "the line to the best"), ("edge", "M-8 0h16", "parent and child")]
    made, end = legend(marks, width, frame.height + 12)
    alt = f"Family tree of {len(place)} programs; {len(line)} of them lead from the seed to the best"
    return Drawn(picture([*parts, *made], width, end, alt), below, len(edges) - len(kept))


def _nodes(points: Sequence[tuple[float, float]], numbers: Sequence[int]) -> list[str]:
    """Circles, with the generation's number where there is room; the ends are always numbered."""
    parts: list[str] = []
    taken: list[tuple[float, float]] = []
    order = [len(points) - 1, 0, *range(1, len(points) - 1)] if len(points) > 1 else range(len(points))
    for index in order:
        x, y = points[index]
        parts.append(f'<circle class="node" cx="{x}" cy="{y}" r="3.5"/>')
        if any(abs(x - a) < 17 and abs(y - b) < 14 for a, b in taken):
            continue
        taken.append((x, y))
        # Beside the vertical axis the number goes to the right, where no tick's label is.
        place = f'x="{x + 9}" y="{y + 4:.1f}"' if x < 75 else f'x="{x}" y="{y - 8:.1f}" text-anchor="middle"'
        parts.append(f'<text class="ink" {place}>{numbers[index]}</text>')
    return parts
