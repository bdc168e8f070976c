"""The line of descent of the best: from the seed, step by step, with what was changed and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asi_evolve.records import Candidate, Experiment, Score
from asi_evolve.report.changes import changes_between

if TYPE_CHECKING:
    from asi_evolve.domain import Domain
    from asi_evolve.store import Reader


#: Generations at the beginning and at the end of a line that are told in full; of those between only what changed.
FIRST, LAST = 20, 130

_SOURCES = "select experiment_id, path, source from candidate_files where list_contains($1, experiment_id)"


@dataclass(frozen=True, slots=True)
class Step:
    """One experiment in the line of descent."""

    experiment: Experiment
    gain: float | None
    """Its value minus its main parent's; None for the first, where one has no value, and across stages."""
    changes: tuple[str, ...]
    """What differs from its main parent, in words."""
    children: int = 0
    """Programs that were made with it as the main parent."""
    improved: int = 0
    """Those of them that were better than it, at its stage."""


def descent(
    reader: Reader, best: Experiment | None, rows: Sequence[Mapping[str, Any]], domain: Domain | None
) -> tuple[Step, ...]:
    """The chain of main parents that leads to ``best``, the seed first; empty without one."""
    if best is None:
        return ()
    by_id = {row["experiment_id"]: row for row in rows}
    line = reader.lineage(best.experiment_id)
    between = line[FIRST : max(FIRST, len(line) - LAST)]
    chain = [
        *(reader.experiment(row["experiment_id"]) for row in line[:FIRST]),
        *_brief(reader, between, best.candidate.entry),
        *(reader.experiment(row["experiment_id"]) for row in line[FIRST + len(between) :]),
    ]
    members = {experiment.experiment_id for experiment in chain}
    children: dict[str, list[Mapping[str, Any]]] = {name: [] for name in members}
    for row in rows:
        if row["parents"] and row["parents"][0] in members:
            children[row["parents"][0]].append(row)
    steps = []
    for before, after in zip([None, *chain[:-1]], chain, strict=True):
        gain: float | None = None
        texts: tuple[str, ...] = ()
        if before is not None:
            if before.value is not None and after.value is not None and before.stage == after.stage:
                gain = after.value - before.value
            texts = tuple(change.text for change in changes_between(before, after, domain))
        own = by_id.get(after.experiment_id)
        made = children[after.experiment_id]
        better = [row for row in made if own is not None and _better(row, own)]
        steps.append(Step(after, gain, texts, len(made), len(better)))
    return tuple(steps)


def _brief(reader: Reader, rows: Sequence[Mapping[str, Any]], entry: str) -> list[Experiment]:
    """Experiments with sources and values, the rest left out: one question for all, where there may be thousands."""
    if not rows:
        return []
    files: dict[str, dict[str, str]] = {}
    table = reader.table(_SOURCES, [[row["experiment_id"] for row in rows]])
    for name, path, source in zip(*(column.to_pylist() for column in table.columns), strict=True):
        files.setdefault(name, {})[path] = source
    found = []
    for row in rows:
        candidate = Candidate(
            row["experiment_id"],
            files.get(row["experiment_id"], {}),
            entry,
            row["backend"],
            tuple(row["parents"]),
            row["motivation"],
            origin=row["origin"],
        )
        found.append(
            Experiment(
                row["experiment_id"],
                row["run_id"],
                row["round"],
                candidate,
                row["status"],
                row["stage"],
                Score(row["value"], True) if row["valid"] else None,
            )
        )
    return found


def _better(row: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    if not row["valid"] or row["value"] is None or row["stage"] != own["stage"]:
        return False
    return own["value"] is None or row["value"] > own["value"]
