"""Finished experiments as columns: a selection over a million of them is a few vector operations.

There is no object for each experiment; an :class:`Entry` is made when it is asked for. The history is rebuilt from the
store at resume, and everything in it can be derived from the recorded experiments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from asi_evolve.history.columns import Column, Interned, Notes, Numbers
from asi_evolve.history.entry import Entry
from asi_evolve.history.ids import Ids
from asi_evolve.records import Experiment, Json, Origin, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: What is looked at one entry at a time, in one array.
_ROW = np.dtype(
    [
        ("round", "i4"),
        ("origin", "u2"),
        ("status", "u2"),
        ("valued", "?"),  # has a value (which may be NaN)
        ("fit", "?"),  # has a fitness
        ("stage", "u2"),
        ("value", "f8"),
        ("parent", "i4"),  # index, _NONE or _ELSEWHERE; then the second parent, of a cross
        ("second", "i4"),
        ("sampled", "i4"),  # index of the parent that the sampler chose
        ("data", "i4"),
        ("names", "i4"),
        ("start", "i8"),
    ]
)
_NONE, _ELSEWHERE = -1, -2


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
        self._count = 0
        self._rows = Column(_ROW)
        self._fitness = Column(np.float64)
        self._visits = Column(np.int64)
        self._parentable = Column(np.bool_)
        self._valid = Column(np.bool_)
        self._ids = Ids()
        self._texts: Interned[str] = Interned()
        self._features = Numbers()
        self._data = Notes()
        self._parents: dict[int, tuple[str, ...]] = {}
        self._best: int | None = None
        self._best_key = (0, -np.inf)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, experiment_id: object) -> bool:
        return self._ids.find(experiment_id) is not None

    def append(self, entry: Entry) -> None:
        """Add a finished experiment; ``entry.index`` must be ``len(self)``."""
        n = self._count
        if entry.index != n:
            raise ValueError(f"entry {entry.experiment_id} has index {entry.index}, expected {n}")
        for column in (self._rows, self._fitness, self._visits, self._parentable, self._valid):
            column.reserve(n + 1)
        first, second = self._parents_row(n, entry.parents)
        data, sampled = entry.sampler_data, _NONE
        found = self._ids.find(data.get("parent"))
        if found is not None:
            sampled, data = found, {key: value for key, value in data.items() if key != "parent"}
        names, start = self._features.add(entry.features)
        self._rows.array[n] = (
            entry.round,
            self._texts.code(entry.origin),
            self._texts.code(entry.status),
            entry.value is not None,
            entry.fitness is not None,
            self._texts.code(entry.stage),
            np.nan if entry.value is None else entry.value,
            first,
            second,
            sampled,
            self._data.code(data),
            names,
            start,
        )
        self._fitness.array[n] = np.nan if entry.fitness is None else entry.fitness
        self._visits.array[n] = 0
        self._parentable.array[n] = entry.parentable
        self._valid.array[n] = entry.valid
        self._ids.add(n, entry.experiment_id, entry.round)
        self._count += 1
        if entry.value is not None:
            key = (self._stage_rank.get(entry.stage, 0), entry.value)
            if self._best is None or key > self._best_key:
                self._best, self._best_key = n, key

    def _parents_row(self, index: int, parents: tuple[str, ...]) -> tuple[int, int]:
        places = [self._ids.find(parent) for parent in parents]
        if len(places) > 2 or None in places:
            self._parents[index] = parents
            return _ELSEWHERE, _NONE
        first, second = cast("list[int]", [*places, _NONE, _NONE][:2])
        return first, second

    def visit(self, experiment_id: str, count: int = 1) -> None:
        """Count ``count`` more selections of an entry as main parent (negative: a round that was given up)."""
        self._visits.array[self.index_of(experiment_id)] += count

    def entry(self, index: int) -> Entry:
        """Entry number ``index`` in completion order; negative ones count from the end."""
        n = index + self._count if index < 0 else index
        if not 0 <= n < self._count:
            raise IndexError(f"there is no entry {index} among {self._count}")
        round_, origin, status, valued, fit, stage, value, first, second, sampled, data, names, start = (
            self._rows.array[n].item()
        )
        texts = self._texts.values
        return Entry(
            index=n,
            experiment_id=self._ids.id(n),
            round=round_,
            origin=cast("Origin", texts[origin]),
            status=cast("Status", texts[status]),
            valid=bool(self._valid.array[n]),
            value=value if valued else None,
            fitness=float(self._fitness.array[n]) if fit else None,
            parents=self._parents_of(n, first, second),
            features=self._features.get(names, start),
            sampler_data=self._sampler_data(data, sampled),
            parentable=bool(self._parentable.array[n]),
            stage=texts[stage],
        )

    def _parents_of(self, index: int, first: int, second: int) -> tuple[str, ...]:
        if first == _ELSEWHERE:
            return self._parents[index]
        return tuple(self._ids.id(place) for place in (first, second) if place != _NONE)

    def _sampler_data(self, data: int, sampled: int) -> Mapping[str, Json]:
        kept = self._data[data]
        return dict(kept) if sampled == _NONE else {**kept, "parent": self._ids.id(sampled)}

    def id_of(self, index: int) -> str:
        """The id of entry number ``index``."""
        return self._ids.id(index)

    def index_of(self, experiment_id: str) -> int:
        """Number of an entry; KeyError if it is not finished or unknown."""
        found = self._ids.find(experiment_id)
        if found is None:
            raise KeyError(experiment_id)
        return found

    def best(self) -> Entry | None:
        """The valid entry with the highest measured value (the earliest of equals); baselines count."""
        return None if self._best is None else self.entry(self._best)

    def anchor(self) -> float | None:
        """The measured value of the first valid seed; None before there is one."""
        for index in range(self._count):
            entry = self.entry(index)
            if entry.round > 0:
                break
            if entry.origin == "seed" and entry.value is not None:
                return entry.value
        return None

    def best_of(self, count: int, parent: str = "", but: str = "") -> Entry | None:
        """The best among the first ``count`` entries, as :meth:`best` ranks them.

        Args:
            count: Entries that are looked at: what a round knew when it began.
            parent: Only experiments whose main parent this is; "" for any.
            but: An id that is left out.
        """
        rows = self._rows.array[: min(count, self._count)]
        fits = rows["valued"] & np.isfinite(rows["value"])
        if parent:
            fits &= rows["parent"] == self.index_of(parent)
        left_out = self._ids.find(but)
        if left_out is not None and left_out < len(fits):
            fits[left_out] = False
        places = np.flatnonzero(fits)
        if not len(places):
            return None
        ranks = np.array([self._stage_rank.get(text, 0) for text in self._texts.values], dtype=np.int64)
        stages = ranks[rows["stage"][places]]
        places = places[stages == stages.max()]
        return self.entry(int(places[np.argmax(rows["value"][places])]))

    def experiment(self, experiment_id: str) -> Experiment:
        """The whole record, with sources and outputs' metadata, from the store."""
        if self._load is None:
            raise KeyError(experiment_id)
        return self._load(experiment_id)

    @property
    def fitness(self) -> NDArray[np.float64]:
        """float64[n], NaN where not valid. A view: do not write."""
        return self._fitness.array[: self._count]

    @property
    def values(self) -> NDArray[np.float64]:
        """float64[n], what was measured, NaN where not valid. A view: do not write."""
        return self._rows.array["value"][: self._count]

    @property
    def visits(self) -> NDArray[np.int64]:
        """int64[n]. A view: do not write."""
        return self._visits.array[: self._count]

    @property
    def parentable(self) -> NDArray[np.bool_]:
        """bool[n]: which entries may be parents. A view: do not write."""
        return self._parentable.array[: self._count]

    @property
    def valid(self) -> NDArray[np.bool_]:
        """bool[n]: which entries count. A view: do not write."""
        return self._valid.array[: self._count]

    @property
    def rounds(self) -> NDArray[np.int32]:
        """int32[n]: the round of each entry, 0 for seeds and baselines. A view: do not write."""
        return cast("NDArray[np.int32]", self._rows.array["round"][: self._count])

    def tail(self, count: int) -> tuple[Entry, ...]:
        """The last ``count`` entries, oldest first."""
        return tuple(self.entry(index) for index in range(max(0, self._count - max(count, 0)), self._count))

    def __iter__(self) -> Iterator[Entry]:
        return (self.entry(index) for index in range(self._count))

    def state_digest(self) -> dict[str, Any]:
        """Counts that tests compare after a resume."""
        return {"n": len(self), "visits": self.visits.tolist(), "best": self._best}
