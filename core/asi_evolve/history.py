"""The in-memory view of a run's past: what samplers and analyzers need, never sources.

Columns grow by doubling, so that a selection over 100,000 experiments is a few vector operations. It is
rebuilt from the store at resume; everything in it can be derived from the recorded experiments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asi_evolve.records import Experiment, Json, Origin, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray


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


class History:
    """Finished experiments in completion order.

    Not thread-safe: the loop calls it under its lock. ``fitness`` is NaN where an experiment is not valid.
    ``visits[i]`` counts how often entry i was the main parent of a round, rounds in flight included.

    Args:
        load: Loads a whole record by its id.
        stages: The domain's stages in order. A value measured at a later stage is better evidence, so the best
            is the highest value at the latest stage that any valid experiment reached.
    """

    def __init__(self, load: Callable[[str], Experiment] | None = None, stages: Sequence[str] = ()) -> None:
        self._load = load
        self._stage_rank = {name: rank for rank, name in enumerate(stages)}
        self._entries: list[Entry] = []
        self._index: dict[str, int] = {}
        self._fitness = np.full(64, np.nan)
        self._visits = np.zeros(64, dtype=np.int64)
        self._parentable = np.zeros(64, dtype=bool)
        self._best: int | None = None

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, experiment_id: object) -> bool:
        return experiment_id in self._index

    def append(self, entry: Entry) -> None:
        """Add a finished experiment; ``entry.index`` must be ``len(self)``."""
        if entry.index != len(self._entries):
            raise ValueError(f"entry {entry.experiment_id} has index {entry.index}, expected {len(self._entries)}")
        n = entry.index
        if n == len(self._fitness):
            self._fitness = np.concatenate([self._fitness, np.full(n, np.nan)])
            self._visits = np.concatenate([self._visits, np.zeros(n, dtype=np.int64)])
            self._parentable = np.concatenate([self._parentable, np.zeros(n, dtype=bool)])
        self._entries.append(entry)
        self._index[entry.experiment_id] = n
        self._fitness[n] = np.nan if entry.fitness is None else entry.fitness
        self._parentable[n] = entry.parentable
        if entry.value is not None and (self._best is None or self._key(entry) > self._key(self._entries[self._best])):
            self._best = n

    def _key(self, entry: Entry) -> tuple[int, float]:
        value = -np.inf if entry.value is None else entry.value
        return self._stage_rank.get(entry.stage, 0), value

    def visit(self, experiment_id: str, count: int = 1) -> None:
        """Count ``count`` more selections of an entry as main parent (negative: a round that was given up)."""
        self._visits[self._index[experiment_id]] += count

    def entry(self, index: int) -> Entry:
        """Entry number ``index`` in completion order."""
        return self._entries[index]

    def index_of(self, experiment_id: str) -> int:
        """Number of an entry; KeyError if it is not finished or unknown."""
        return self._index[experiment_id]

    def best(self) -> Entry | None:
        """The valid entry with the highest measured value (the earliest of equals); baselines count."""
        return None if self._best is None else self._entries[self._best]

    def experiment(self, experiment_id: str) -> Experiment:
        """The whole record, with sources and outputs' metadata, from the store."""
        if self._load is None:
            raise KeyError(experiment_id)
        return self._load(experiment_id)

    @property
    def fitness(self) -> NDArray[np.float64]:
        """float64[n], NaN where not valid. A view: do not write."""
        return self._fitness[: len(self._entries)]

    @property
    def visits(self) -> NDArray[np.int64]:
        """int64[n]. A view: do not write."""
        return self._visits[: len(self._entries)]

    @property
    def parentable(self) -> NDArray[np.bool_]:
        """bool[n]: which entries may be parents. A view: do not write."""
        return self._parentable[: len(self._entries)]

    def tail(self, count: int) -> tuple[Entry, ...]:
        """The last ``count`` entries, oldest first."""
        return tuple(self._entries[-count:]) if count > 0 else ()

    def state_digest(self) -> dict[str, Any]:
        """Counts that tests compare after a resume."""
        return {"n": len(self), "visits": self.visits.tolist(), "best": self._best}
