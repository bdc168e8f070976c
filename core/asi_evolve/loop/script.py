"""The order in which a recorded run happened: what had been taken in when each round began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from asi_evolve.checks.duplicates import DuplicateIndex
from asi_evolve.errors import UsageError
from asi_evolve.records import Experiment
from asi_evolve.source.normalise import program_hash
from asi_evolve.store import Queries


@dataclass(frozen=True, slots=True)
class Begin:
    """A round was begun."""

    round: int
    cut_off: bool
    """It was interrupted: its parent was chosen, and nothing of it was recorded."""


@dataclass(frozen=True, slots=True)
class Take:
    """A finished experiment was taken in."""

    experiment_id: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """The run went on in another process: rounds in flight were given up, states are as of the last experiment."""


Step: TypeAlias = Begin | Take | Resumed


def script(store: Queries, run_id: str) -> tuple[list[str], list[Step]]:
    """What was copied from another run (ids in order; empty unless it is a fork), then all steps in order.

    Raises:
        UsageError: the run is of a version that did not record what each round knew, and had several workers.
    """
    info = store.run_info(run_id)
    table = store.table(
        "SELECT experiment_id, round, known, seq FROM experiments WHERE run_id = ? ORDER BY seq NULLS LAST", [run_id]
    ).to_pylist()
    events = store.events(run_id)
    copied = next((int(event["data"]["experiments"]) for event in events if event["kind"] == "fork"), 0)
    finished = [row for row in table if row["seq"] is not None]
    ids = [row["experiment_id"] for row in finished]
    if any(row["known"] is None for row in finished[copied:] if row["round"]):
        if info.workers != 1:
            raise UsageError(
                f"run {run_id} was made with {info.workers} workers by a version that did not record what each round "
                "knew when it began, so it cannot be replayed"
            )
        # One after the other: each knew all that were before it.
        finished = [row | {"known": index} for index, row in enumerate(finished)]
    # Where each part of the run ended, and which rounds were cut off in it.
    ends: list[int] = []
    begins: list[tuple[int, int, Begin]] = []
    for event in events:
        data = event["data"]
        if event["kind"] == "resume" and data.get("known") is not None:
            ends.append(int(data["known"]))
        elif event["kind"] == "interrupted" and data.get("known") is not None and ends:
            begins.append((len(ends) - 1, int(data["known"]), Begin(int(data["round"]), True)))
    for row in table:
        if row["seq"] is None and row["known"] is not None and (row["round"] or 0) > 0:
            left = (len(ends), int(row["known"]), Begin(row["round"], True))
            if not any(begin.round == row["round"] and known == left[1] for _, known, begin in begins):
                begins.append(left)
    for row in finished[copied:]:
        if row["round"]:
            part = sum(end <= row["known"] for end in ends)
            begins.append((part, int(row["known"]), Begin(row["round"], False)))
    steps: list[Step] = []
    taken = copied

    def take(until: int) -> None:
        nonlocal taken
        steps.extend(Take(experiment_id) for experiment_id in ids[taken:until])
        taken = max(taken, until)

    for part in range(len(ends) + 1):
        for _, known, begin in sorted((b for b in begins if b[0] == part), key=lambda b: (b[1], b[2].round)):
            take(known)
            steps.append(begin)
        if part < len(ends):
            take(ends[part])
            steps.append(Resumed())
    take(len(ids))
    return ids[:copied], steps


def together(run_id: str, steps: list[Step]) -> dict[str, set[str]]:
    """For each round the ids of those that had begun before it was taken in, and were not taken in when it began."""
    found: dict[str, set[str]] = {}
    flying: set[str] = set()
    for step in steps:
        if isinstance(step, Begin):
            begun = f"{run_id}.{step.round}"
            for other in flying:
                found.setdefault(other, set()).add(begun)
                found.setdefault(begun, set()).add(other)
            flying.add(begun)
        elif isinstance(step, Take):
            flying.discard(step.experiment_id)
        else:
            flying.clear()
    return found


class RecordedDuplicates(DuplicateIndex):
    """Which experiment had a program first. Between rounds that were in flight together the record decides.

    Only the order in which their checks came decided there, and that is not recorded by itself.

    Args:
        together: Id of a round -> ids of those that were in flight with it at some time (:func:`together`).
    """

    def __init__(self, together: Mapping[str, set[str]]) -> None:
        super().__init__()
        self._together = together
        self._refused: dict[tuple[str, str], str] = {}
        self._passed: set[tuple[str, str]] = set()

    def learn(self, experiment: Experiment) -> None:
        """Take note of what the record says of a round's proposals, before the round is made again."""
        for attempt in experiment.attempts:
            if not attempt.files:
                continue
            key = (experiment.experiment_id, program_hash(attempt.files))
            refused = next((v for v in attempt.verdicts if v.check == "duplicate" and not v.passed), None)
            if refused is None:
                self._passed.add(key)
            else:
                details: Mapping[str, object] = refused.details
                self._refused[key] = str(details.get("of", ""))

    def claim(self, program_hash: str, experiment_id: str) -> str | None:
        """As ever, but see the class."""
        beside = self._together.get(experiment_id, set())
        earlier = super().claim(program_hash, experiment_id)
        recorded = self._refused.get((experiment_id, program_hash))
        if earlier is None and recorded in beside:
            self.discard(program_hash, experiment_id)
            return recorded
        if earlier in beside and (experiment_id, program_hash) in self._passed:
            return None
        return earlier
