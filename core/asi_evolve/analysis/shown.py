"""What a model is shown of an experiment, in bounded size: programs, metrics, curves, logs."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from asi_evolve.records import Experiment

#: Most characters of the program in question, of each other one, of its difference to the parent, and of a log's end.
MAX_PROGRAM, MAX_OTHER, MAX_DIFF, MAX_LOG = 24_000, 8_000, 8_000, 3_000
#: Most files of a program, metrics, curves, and points of a curve.
FILES, METRICS, CURVES, POINTS = 12, 60, 12, 24
#: Characters of both programs above which their difference is not worked out: it takes minutes.
_DIFFED = 200_000
_NAME = 80

Fenced = Callable[..., str]


def program(experiment: Experiment, most: int, fence: Fenced) -> list[str]:
    """Each file of a program, fenced; together about ``most`` characters at most, long ones without their middle."""
    candidate = experiment.candidate
    paths = sorted(candidate.files, key=lambda path: (path != candidate.entry, path))
    shown = [fence(f"program: {path}", candidate.files[path], max(200, most // min(len(paths), FILES)))
             for path in paths[:FILES]]  # fmt: skip
    if len(paths) > FILES:
        shown.append(f"{len(paths) - FILES} more files are not shown.")
    return shown


def difference(parent: Experiment, child: Experiment) -> str:
    """The unified difference of two programs; empty if it is too long to be worked out."""
    old, new = parent.candidate.files, child.candidate.files
    if sum(map(len, (*old.values(), *new.values()))) > _DIFFED:
        return ""
    lines: list[str] = []
    for path in sorted({*old, *new}):
        before, after = old.get(path, "").splitlines(), new.get(path, "").splitlines()
        lines += difflib.unified_diff(before, after, f"parent/{path}", path, lineterm="")
    return "\n".join(lines)


def metrics(experiment: Experiment, others: Mapping[str, Experiment | None]) -> str:
    """One line for each metric, with those of the others beside it."""
    if experiment.score is None:
        return ""
    lines = []
    for name in sorted(experiment.score.metrics)[:METRICS]:
        beside = [
            f"{who} {other.score.metrics[name]:.6g}"
            for who, other in others.items()
            if other is not None and other.score is not None and name in other.score.metrics
        ]
        own = f"{name[:_NAME]} = {experiment.score.metrics[name]:.6g}"
        lines.append(f"{own} ({', '.join(beside)})" if beside else own)
    left = len(experiment.score.metrics) - METRICS
    return "\n".join([*lines, *([f"{left} more metrics are not shown"] if left > 0 else [])])


def curves(experiment: Experiment) -> str:
    """What the last execution reported on its way: one line for each number, its first and last report included."""
    emitted = experiment.executions[-1].emitted if experiment.executions else ()
    found: dict[str, list[float]] = {}
    for report in emitted:
        for name, value in _numbers(report):
            if name in found or len(found) < CURVES:
                found.setdefault(name, []).append(value)
    lines = []
    for name, values in found.items():
        if len(values) > 1:
            places = sorted({round(i * (len(values) - 1) / (POINTS - 1)) for i in range(POINTS)})
            points = ", ".join(f"{values[place]:.5g}" for place in places)
            lines.append(f"{name[:_NAME]} ({len(values)} reports): {points}")
    return "\n".join(lines)


def _numbers(report: Any) -> Iterator[tuple[str, float]]:
    if not isinstance(report, Mapping):
        return
    for name in sorted(map(str, report)):
        value = report.get(name)
        # Also numpy's numbers; not arrays, which have a shape.
        if isinstance(value, bool) or getattr(value, "shape", ()) != () or isinstance(value, (str, bytes)):
            continue
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            continue
        if math.isfinite(number):
            yield name, number


def log(experiment: Experiment) -> str:
    """The ends of what the last execution printed."""
    if not experiment.executions:
        return ""
    last = experiment.executions[-1]
    return "\n".join(part for part in (last.stdout_tail, last.stderr_tail) if part.strip())
