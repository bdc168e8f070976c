"""What a run spent: CPU and wall time by stage and by origin, attempts, tokens and money."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asi_evolve.store import Reader

_BY_STAGE = """
select x.stage, count(distinct x.experiment_id), count(*), sum(x.cpu_s), sum(x.wall_s), max(x.peak_memory_mb)
from executions x join experiments e using (experiment_id)
where e.run_id = ? group by x.stage order by min(x.position), x.stage"""
_BY_MODEL = """
select model, role, count(*), sum(input_tokens), sum(output_tokens), sum(cost_usd)
from llm_calls where run_id = ? group by model, role order by model, role"""

_ACCOUNTS = """
select experiment_id, cast(json_extract(notes, '$.models') as varchar) from experiments
where run_id = ? and json_exists(notes, '$.models') order by seq"""


@dataclass(frozen=True, slots=True)
class StageCost:
    """What the executions at one stage took."""

    stage: str
    programs: int
    executions: int
    cpu_s: float
    wall_s: float
    peak_memory_mb: float


@dataclass(frozen=True, slots=True)
class OriginCost:
    """What the programs of one origin took and gave."""

    origin: str
    programs: int
    valid: int
    cpu_s: float
    best: float | None
    """At the last stage that programs of this origin reached; None without a valid one."""


@dataclass(frozen=True, slots=True)
class ModelCost:
    """What questions to one model took."""

    model: str
    role: str
    calls: int
    input_tokens: int
    output_tokens: int
    usd: float | None


@dataclass(frozen=True, slots=True)
class WriterGain:
    """What the programs of one model of a mix took and gave."""

    model: str
    rounds: int
    valid: int
    gains: int
    """Rounds whose value is above the parent's at the same stage."""
    gain: float
    """Sum of these differences, in units of the objective."""
    calls: int
    tokens: int
    usd: float


@dataclass(frozen=True, slots=True)
class Spend:
    """All of it."""

    stages: tuple[StageCost, ...]
    origins: tuple[OriginCost, ...]
    models: tuple[ModelCost, ...]
    writers: tuple[WriterGain, ...]
    """Empty unless several models wrote programs."""
    cpu_s: float
    """CPU seconds of all recorded executions of candidates; the second execution of the best is not among them."""


def spend_of(reader: Reader, run_id: str, rows: Sequence[Mapping[str, Any]]) -> Spend:
    """Add up what a run spent."""
    stages = tuple(
        StageCost(row[0], row[1], row[2], row[3] or 0.0, row[4] or 0.0, row[5] or 0.0)
        for row in _values(reader, _BY_STAGE, run_id)
    )
    models = tuple(
        ModelCost(row[0], row[1], row[2], int(row[3] or 0), int(row[4] or 0), row[5])
        for row in _values(reader, _BY_MODEL, run_id)
    )
    accounts = {row[0]: json.loads(row[1]) for row in _values(reader, _ACCOUNTS, run_id)}
    rungs = {stage.stage: rung for rung, stage in enumerate(stages)}
    origins = []
    for origin in dict.fromkeys(row["origin"] for row in rows):
        mine = [row for row in rows if row["origin"] == origin]
        # Values of different stages are not comparable.
        valued = [row for row in mine if row["valid"] and row["value"] is not None]
        valid = [(rungs.get(row["stage"], -1), row["value"]) for row in valued]
        cpu_s = sum(row["cpu_s"] for row in mine)
        origins.append(OriginCost(origin, len(mine), len(valid), cpu_s, max(valid)[1] if valid else None))
    return Spend(stages, tuple(origins), models, writers_of(rows, accounts), sum(row["cpu_s"] for row in rows))


def writers_of(
    rows: Sequence[Mapping[str, Any]], accounts: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[WriterGain, ...]:
    """What each model of a mix took and gave, the dearest first.

    Args:
        rows: The experiments.
        accounts: Experiment id -> what its round spent on which model, in the order in which they were asked.
    """
    if not accounts:
        return ()
    known = {row["experiment_id"]: row for row in rows}
    found: dict[str, WriterGain] = {}
    for row in rows:
        spent = accounts.get(row["experiment_id"], ())
        for place, one in enumerate(spent, start=1):
            mine = found.get(one["model"]) or WriterGain(one["model"], 0, 0, 0, 0.0, 0, 0, 0.0)
            mine = replace(
                mine,
                calls=mine.calls + one["calls"],
                tokens=mine.tokens + one["tokens"],
                usd=mine.usd + one["usd"],
            )
            if place == len(spent):  # the last one asked wrote what was measured
                valid = bool(row["valid"]) and row["value"] is not None
                gain = _gain(row, known) if valid else 0.0
                mine = replace(
                    mine,
                    rounds=mine.rounds + 1,
                    valid=mine.valid + valid,
                    gains=mine.gains + (gain > 0.0),
                    gain=mine.gain + gain,
                )
            found[one["model"]] = mine
    return tuple(sorted(found.values(), key=lambda one: (-one.usd, -one.tokens, one.model)))


def _gain(row: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> float:
    """How far a value is above that of its parent at the same stage; 0 if it is not, or they do not compare."""
    parent = known.get(next(iter(row["parents"] or ()), ""))
    if parent is None or not parent["valid"] or parent["value"] is None or parent["stage"] != row["stage"]:
        return 0.0
    return max(0.0, float(row["value"] - parent["value"]))


def _values(reader: Reader, sql: str, run_id: str) -> list[tuple[Any, ...]]:
    table = reader.table(sql, [run_id])
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True)) if table.num_rows else []
