"""Values by stage: what each program was worth at every rung of the ladder that it was measured at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asi_evolve.domain import Domain
    from asi_evolve.records import Experiment
    from asi_evolve.store import Reader, RunInfo

_REPLICATES = """
select x.seq, x.stage, x.replicate, s.value, s.valid
from executions x join scores s on s.seq = x.seq and s.position = x.position
join experiments e on e.seq = x.seq
where e.run_id = ? and e.status <> 'quarantined' order by x.seq, x.position"""


@dataclass(frozen=True, slots=True)
class StageValues:
    """All programs that were valid at a stage."""

    stage: str
    values: tuple[float | None, ...]
    """One for each of the run's rows: the mean over replicates, or None if the row has none at this stage."""

    @property
    def measured(self) -> int:
        """How many have a value."""
        return sum(value is not None for value in self.values)


def stage_values(
    reader: Reader, info: RunInfo, rows: Sequence[Mapping[str, Any]], best: Experiment | None, domain: Domain | None
) -> tuple[StageValues, ...]:
    """The stages that any program was measured at, up to the best's, in the order of the ladder.

    A program that climbed has a value at each stage below its last one too: the mean of its first replicates there.
    """
    reached = list(dict.fromkeys(row["stage"] for row in rows if row["stage"]))
    if domain is not None:
        order = [stage.name for stage in domain.stages]
        reached.sort(key=lambda name: order.index(name) if name in order else len(order))
    last = best.stage if best is not None else (reached[-1] if reached else "")
    final = StageValues(last, tuple(row["value"] if row["valid"] and row["stage"] == last else None for row in rows))
    earlier = reached[: reached.index(last)] if last in reached else []
    # A domain with one stage needs no look at the replicates.
    means = _means(reader, info.run_id) if earlier else {}
    lower = [StageValues(name, tuple(means.get((row["seq"], name)) for row in rows)) for name in earlier]
    return (*lower, final)


def values_at(reader: Reader, run_id: str, rows: Sequence[Mapping[str, Any]], stage: str) -> list[float | None]:
    """Each row's value at one stage; for a valid program that climbed on, the mean of its replicates there."""
    climbed = any(row["valid"] and row["stage"] != stage for row in rows)
    means = _means(reader, run_id) if climbed else {}
    return [
        None if not row["valid"] else row["value"] if row["stage"] == stage else means.get((row["seq"], stage))
        for row in rows
    ]


def _means(reader: Reader, run_id: str) -> dict[tuple[int, str], float]:
    """``(seq, stage)`` -> mean over replicates, where all were valid."""
    table = reader.table(_REPLICATES, [run_id])
    seen: dict[tuple[int, str], dict[int, float | None]] = {}
    for seq, stage, replicate, value, valid in zip(*(c.to_pylist() for c in table.columns), strict=True):
        # A second look at the same replicate (a value beyond the known bound) comes after the first and does not count.
        seen.setdefault((seq, stage), {}).setdefault(replicate, value if valid else None)
    means = {}
    for key, values in seen.items():
        numbers = [value for value in values.values() if value is not None]
        if len(numbers) == len(values):
            means[key] = sum(numbers) / len(numbers)
    return means
