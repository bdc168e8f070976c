"""What can be said of one experiment without judging it: comparison, changes, how it failed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from asi_evolve.domain import Domain
from asi_evolve.records import Execution, Experiment
from asi_evolve.source.blocks import BlockBook
from asi_evolve.source.diff import Change, changes


@dataclass(frozen=True, slots=True)
class Facts:
    """One experiment beside its parent and the best before it."""

    experiment: Experiment
    parent: Experiment | None
    best: Experiment | None
    changes: tuple[Change, ...]
    to_parent: float | None
    """Fitness above the parent's; None if either has none."""
    to_best: float | None
    metrics: Mapping[str, float]
    """Metric -> difference to the parent, where both have it."""
    truncated: bool
    last: Execution | None
    noise: float
    """Standard error of the difference to the parent; 0 where scores are exact."""

    def same(self, tolerance: float) -> float:
        """The difference of scores up to which they count as equal."""
        return max(tolerance, self.noise, 1e-12 * abs(self.experiment.value or 0.0))


def gather(
    domain: Domain,
    entry: str,
    book: BlockBook | None,
    experiment: Experiment,
    parent: Experiment | None,
    best: Experiment | None,
) -> Facts:
    """The facts of one experiment."""
    found: tuple[Change, ...] = ()
    if parent is not None and experiment.candidate.files:
        found = tuple(changes(parent.candidate.files, experiment.candidate.files, domain.slots, entry, book))
    metrics: dict[str, float] = {}
    if parent is not None and parent.score is not None and experiment.score is not None:
        before, after = parent.score.metrics, experiment.score.metrics
        metrics = {name: after[name] - before[name] for name in sorted(after) if name in before}
    return Facts(
        experiment=experiment,
        parent=parent,
        best=best,
        changes=found,
        to_parent=_difference(experiment, parent),
        to_best=_difference(experiment, best),
        metrics=metrics,
        truncated=any(execution.truncated for execution in experiment.executions),
        last=experiment.executions[-1] if experiment.executions else None,
        noise=math.hypot(
            *(e.score.stderr or 0.0 for e in (experiment, parent) if e is not None and e.score is not None)
        ),
    )


def _difference(experiment: Experiment, other: Experiment | None) -> float | None:
    if other is None or experiment.value is None or other.value is None:
        return None
    return experiment.value - other.value


#: Status -> (tag, what happened, in words).
FAILURES: Mapping[str, tuple[str, str]] = {
    "timeout": ("timeout", "It ran into its time limit with no result"),
    "oom": ("oom", "It ran out of memory"),
    "disk": ("disk", "It wrote more than its disk limit"),
    "crash": ("crash", "It crashed"),
    "error": ("error", "It raised an exception"),
    "killed": ("killed", "It was stopped from outside"),
    "no_result": ("no_result", "It ended without a result"),
    "invalid_result": ("invalid", "Its result is invalid"),
    "rejected": ("rejected", "A check refused it"),
    "quarantined": ("quarantined", "Its score was implausible and did not hold on fresh inputs"),
    "interrupted": ("interrupted", "The run ended under it"),
}


def failure(experiment: Experiment) -> tuple[str, str] | None:
    """(tag, words) if the experiment has no valid score; None if it has."""
    if experiment.valid:
        return None
    if experiment.status == "ok":
        detail = experiment.score.feedback if experiment.score is not None else ""
        return "invalid", _with("Its result is invalid", detail)
    tag, words = FAILURES.get(experiment.status, ("failed", f"It ended as {experiment.status}"))
    detail = ""
    if experiment.status == "rejected":
        refused = next((v for v in experiment.verdicts if not v.passed and not v.advisory), None)
        detail = f"{refused.check}: {refused.message}" if refused is not None else ""
    elif experiment.executions:
        detail = experiment.executions[-1].error
    if not detail and experiment.score is not None:
        detail = experiment.score.feedback
    return tag, _with(words, detail)


def _with(words: str, detail: str) -> str:
    detail = " ".join(detail.split())
    if len(detail) > 200:
        detail = detail[:197] + "..."
    return f"{words}: {detail}" if detail else words
