"""What observers are told. Frozen; an observer must not change what an event refers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from asi_evolve.records import Experiment, Json


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run was created or resumed."""

    run_id: str
    plugin: str
    seed: int
    rounds: int
    """Rounds to be made by this process."""
    resumed: bool
    database: str
    settings: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExperimentEnd:
    """An experiment was committed to the store."""

    run_id: str
    experiment: Experiment
    done: int
    """Rounds finished in the run so far (seeds and baselines not counted)."""
    total: int
    """Rounds that the run is to have."""


@dataclass(frozen=True, slots=True)
class NewBest:
    """An experiment has the highest value of the run so far."""

    run_id: str
    experiment: Experiment
    previous: float | None


@dataclass(frozen=True, slots=True)
class LlmCall:
    """A model was asked."""

    run_id: str
    experiment_id: str
    role: str
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: float


@dataclass(frozen=True, slots=True)
class RunEnd:
    """A run stopped."""

    run_id: str
    status: str
    """``completed``, ``target``, ``budget``, ``stopped`` or ``failed``."""
    reason: str
    done: int
    best_experiment_id: str | None
    best_value: float | None
