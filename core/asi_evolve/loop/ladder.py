"""What candidates were worth at each stage of the ladder: what ``PromotionRule.top`` ranks a newcomer among.

An experiment that went on counts at the stages below its last one too. Were it left out there, the ranking would be
among those that were not good enough, and nearly everybody would go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from asi_evolve.domain import Stage
from asi_evolve.records import Execution, Experiment, Score, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: One scored replicate: name of the stage, value (None where it is not valid).
Replicate = tuple[str, float | None]


def whole_stages(
    stages: Sequence[Stage], replicates: Iterable[Replicate], status: Status, last: str
) -> dict[str, tuple[float, ...]]:
    """Stage -> values of its replicates, for the stages at which all replicates were valid.

    Args:
        stages: Of the domain.
        replicates: In the order in which they were made. What comes after a stage's own replicates is a second look
            (a value beyond the known bound is run again) and does not count.
        status, last: Of the experiment; the stage at which a value was quarantined does not count.
    """
    made: dict[str, list[float | None]] = {}
    for stage, value in replicates:
        made.setdefault(stage, []).append(value)
    whole: dict[str, tuple[float, ...]] = {}
    for stage_ in stages:
        first = made.get(stage_.name, [])[: len(stage_.replicate_seeds)]
        values = tuple(value for value in first if value is not None)
        quarantined = status == "quarantined" and stage_.name == last
        if len(values) == len(stage_.replicate_seeds) and not quarantined:
            whole[stage_.name] = values
    return whole


def replicates_of(executions: Sequence[Execution], scores: Sequence[Score]) -> list[Replicate]:
    """The scored replicates of one experiment; an execution that failed ends the list and has no score."""
    return [
        (execution.job.stage, score.value if score.valid else None)
        for execution, score in zip(executions, scores, strict=False)
    ]


class Ladder:
    """Means of all experiments at each stage, in completion order. Not thread-safe: guarded by the run's lock."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._stages = tuple(stages)
        self._means = {stage.name: np.zeros(64) for stage in stages}
        self._counts = {stage.name: 0 for stage in stages}
        self.ranks = any(stage.promote.top < 1.0 for stage in stages)
        """Whether any stage asks for a ranking."""

    def add(self, experiment: Experiment) -> None:
        """Take a finished experiment in."""
        replicates = replicates_of(experiment.executions, experiment.scores)
        self.add_replicates(replicates, experiment.status, experiment.stage)

    def add_replicates(self, replicates: Iterable[Replicate], status: Status, last: str) -> None:
        """The same, from what is recorded of it."""
        for stage, values in whole_stages(self._stages, replicates, status, last).items():
            count = self._counts[stage]
            if count == len(self._means[stage]):
                self._means[stage] = np.concatenate([self._means[stage], np.zeros(count)])
            self._means[stage][count] = np.mean(values)
            self._counts[stage] = count + 1

    def counts(self) -> Mapping[str, int]:
        """How many there are at each stage now."""
        return dict(self._counts)

    def values(self, stage: str, count: int | None = None) -> NDArray[np.float64]:
        """The first ``count`` means at a stage (None: all). A view: do not write."""
        held = self._counts[stage]
        return self._means[stage][: held if count is None else min(count, held)]
