"""One finished experiment in short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asi_evolve.records import Experiment, Json, Origin, Status


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished experiment in short."""

    index: int
    experiment_id: str
    round: int
    origin: Origin
    status: Status
    valid: bool
    value: float | None
    fitness: float | None
    parents: tuple[str, ...]
    features: Mapping[str, float]
    sampler_data: Mapping[str, Json]
    parentable: bool
    """Valid, and not a mere baseline."""
    stage: str = ""
    """The last stage that it reached."""

    @staticmethod
    def of(experiment: Experiment, index: int) -> Entry:
        """The short form of ``experiment`` as entry number ``index``."""
        return Entry(
            index=index,
            experiment_id=experiment.experiment_id,
            round=experiment.round,
            origin=experiment.candidate.origin,
            status=experiment.status,
            valid=experiment.valid,
            value=experiment.value,
            fitness=experiment.fitness,
            parents=experiment.candidate.parents,
            features=experiment.score.features if experiment.score is not None else {},
            sampler_data=experiment.sampler_data,
            parentable=experiment.valid and experiment.candidate.origin != "baseline",
            stage=experiment.stage,
        )
