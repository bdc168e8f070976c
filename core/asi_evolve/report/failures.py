"""Rounds without a valid value, and proposals that were refused: how many of each kind, with an example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asi_evolve.store import Reader

#: A reason begins with the name of the check that refused: ``duplicate: the same program as ...``.
_ATTEMPTS = """
select a.kind, a.status, case when a.status = 'accepted' then '' else split_part(a.reason, ':', 1) end as cause,
       count(*), arg_min(a.experiment_id, a.seq), arg_min(a.reason, a.seq)
from attempts a join experiments e using (experiment_id)
where e.run_id = ? group by 1, 2, 3 order by 4 desc, 1, 2, 3"""


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of rounds without a valid value."""

    kind: str
    rounds: int
    cpu_s: float
    example: str
    """An experiment id."""
    text: str
    """What was recorded of it."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """One kind of proposals."""

    kind: str
    """``proposal`` or ``repair``."""
    status: str
    """``accepted``, ``rejected`` or ``failed``."""
    cause: str
    """The check that refused; empty where none did."""
    count: int
    example: str
    text: str


@dataclass(frozen=True, slots=True)
class Failures:
    """All of them."""

    rounds: tuple[Failure, ...]
    attempts: tuple[Attempts, ...]

    @property
    def proposals(self) -> int:
        """Programs that were proposed, refused ones too."""
        return sum(row.count for row in self.attempts)

    @property
    def duplicates(self) -> int:
        """Proposals that were refused because the same program had been made before."""
        return sum(row.count for row in self.attempts if row.cause == "duplicate")


def failures_of(reader: Reader, run_id: str, rows: Sequence[Mapping[str, Any]]) -> Failures:
    """Count what failed in a run; seeds and baselines are not rounds, but one that fails is shown."""
    failed = [row for row in rows if not row["valid"]]
    kinds = Counter(_kind(row) for row in failed)
    found = []
    for kind, count in sorted(kinds.items(), key=lambda item: (-item[1], item[0])):
        mine = [row for row in failed if _kind(row) == kind]
        told = next((row for row in mine if row["error"] or row["feedback"]), mine[0])
        text = str(told["error"] or told["feedback"] or "")
        found.append(Failure(kind, count, sum(row["cpu_s"] for row in mine), told["experiment_id"], text))
    table = reader.table(_ATTEMPTS, [run_id])
    columns = [column.to_pylist() for column in table.columns]
    attempts = tuple(Attempts(*row) for row in zip(*columns, strict=True)) if table.num_rows else ()
    return Failures(tuple(found), attempts)


def _kind(row: Mapping[str, Any]) -> str:
    return "invalid" if row["status"] == "ok" else str(row["status"])
