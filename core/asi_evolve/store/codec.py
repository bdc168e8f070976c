"""Experiments and runs as rows; :mod:`.decode` is the way back.

``encode`` runs in the caller's thread and takes a snapshot: what it gives is text and numbers only, and is exactly
what the database gives back, so that a record read before its commit equals the one read after it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from asi_evolve.errors import DomainError, StoreError
from asi_evolve.records import (
    Data,
    Execution,
    Experiment,
    Score,
    Used,
    Verdict,
)
from asi_evolve.store.artifacts import content_hash, pack
from asi_evolve.store.jsonio import array_bytes, clean, dumps
from asi_evolve.store.runinfo import RunInfo

Row: TypeAlias = dict[str, Any]

#: Columns of ``runs`` that hold JSON.
RUN_JSON = ("config", "environment", "objective")

#: Public inputs above this many bytes are not stored: they follow from the domain, the stage and the seed.
INPUTS_LIMIT = 64 * 1024


@dataclass(slots=True)
class Encoded:
    """One experiment as rows: ``main`` for ``experiments`` without ``seq``, ``children`` by table without both."""

    experiment_id: str
    run_id: str
    main: Row
    children: dict[str, list[Row]]
    artifacts: dict[str, bytes] = field(default_factory=dict)
    """Hash -> bytes of what is to be kept on disk; empty once written."""


def now() -> str:
    """The present time, UTC, ISO 8601, microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def with_lesson_ids(experiment: Experiment) -> Experiment:
    """``experiment`` with an id given to each lesson that has none: ``EXPERIMENT.l0``, ``.l1``, ..."""
    analysis = experiment.analysis
    if analysis is None or all(lesson.lesson_id for lesson in analysis.lessons):
        return experiment
    lessons = tuple(
        lesson if lesson.lesson_id else replace(lesson, lesson_id=f"{experiment.experiment_id}.l{i}")
        for i, lesson in enumerate(analysis.lessons)
    )
    return replace(experiment, analysis=replace(analysis, lessons=lessons))


def _integer(value: int, what: str) -> int:
    if not -(2**63) <= int(value) < 2**63:
        raise StoreError(f"{what} {value} does not fit in 64 bits; use a smaller number")
    return int(value)


def _number(value: Any, what: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as exc:
        raise DomainError(f"{what} is {value!r}, which is not a number; score() must give numbers") from exc


def _optional(value: Any, what: str) -> float | None:
    return None if value is None else _number(value, what)


def _verdicts(verdicts: tuple[Verdict, ...]) -> str:
    return dumps([as_dict(verdict) for verdict in verdicts])


def as_dict(record: Any) -> dict[str, Any]:
    """A record of plain values as a mapping; ``dataclasses.asdict`` copies what is in it, which takes much longer."""
    return {f.name: getattr(record, f.name) for f in fields(record)}


def _score_row(position: int, score: Score) -> Row:
    return {
        "position": position,
        "value": _optional(score.value, "value"),
        "valid": bool(score.valid),
        "fitness": _optional(score.fitness, "fitness"),
        "stderr": _optional(score.stderr, "stderr"),
        "replicates": int(score.replicates),
        "attested": bool(score.attested),
        "feedback": clean(score.feedback),
        "metrics": dumps(score.metrics),
        "features": dumps(score.features),
    }


def _inputs(inputs: Mapping[str, Data]) -> str | None:
    if array_bytes(inputs) > INPUTS_LIMIT:
        return None
    text = dumps(inputs)
    return text if len(text) <= INPUTS_LIMIT else None


def _execution_row(position: int, execution: Execution, outputs_ref: str | None) -> Row:
    job = execution.job
    return {
        "position": position,
        "stage": job.stage,
        "replicate": int(job.replicate),
        "seed": _integer(job.seed, "the seed of a replicate"),
        "backend": job.backend,
        "device": job.device,
        "limits": dumps(as_dict(job.limits)),
        "inputs": _inputs(job.inputs),
        "hidden_ref": job.hidden_ref,
        "status": execution.status,
        "truncated": bool(execution.truncated),
        "wall_s": float(execution.wall_s),
        "cpu_s": float(execution.cpu_s),
        "peak_memory_mb": float(execution.peak_memory_mb),
        "tier": execution.tier,
        "stdout_tail": clean(execution.stdout_tail),
        "stderr_tail": clean(execution.stderr_tail),
        "error": clean(execution.error),
        "artifacts": list(execution.artifacts),
        "outputs_ref": outputs_ref,
    }


def _provenance(items: tuple[Used, ...], used: bool, start: int) -> list[Row]:
    return [
        {"position": start + i, "kind": u.kind, "ref_id": u.ref_id, "used": used, "how": clean(u.how)}
        for i, u in enumerate(items)
    ]


def _error(experiment: Experiment) -> str:
    if experiment.executions and experiment.executions[-1].error:
        return experiment.executions[-1].error
    refused = [v for v in experiment.verdicts if not v.passed and not v.advisory]
    return f"{refused[0].check}: {refused[0].message}" if refused else ""


def empty_main(experiment_id: str, run_id: str, round_: int, parents: tuple[str, ...], known: int | None = None) -> Row:
    """The ``experiments`` row of a round in flight."""
    letter = experiment_id.rpartition(".")[2][:1]
    moment = now()
    return {
        "experiment_id": experiment_id,
        "run_id": run_id,
        "round": int(round_),
        "stage": "",
        "backend": "",
        "entry": "",
        "origin": {"s": "seed", "b": "baseline"}.get(letter, ""),
        "status": "running",
        "value": None,
        "fitness": None,
        "valid": False,
        "stderr": None,
        "replicates": None,
        "attested": None,
        "feedback": None,
        "features": None,
        "score": None,
        "parents": list(parents),
        "motivation": "",
        "expected_effect": "",
        "provenance_class": None,
        "verdicts": "[]",
        "notes": "{}",
        "sampler_data": "{}",
        "error": "",
        "tier": "",
        "truncated": False,
        "wall_s": 0.0,
        "cpu_s": 0.0,
        "peak_memory_mb": 0.0,
        "created_at": moment,
        "recorded_at": moment,
        "known": known,
    }


def _main(experiment: Experiment, provenance_class: str | None) -> Row:
    candidate, score, runs = experiment.candidate, experiment.score, experiment.executions
    row = empty_main(experiment.experiment_id, experiment.run_id, experiment.round, candidate.parents, experiment.known)
    row |= {
        "stage": experiment.stage,
        "backend": candidate.backend,
        "entry": candidate.entry,
        "origin": candidate.origin,
        "status": experiment.status,
        "value": _optional(experiment.value, "value"),
        "fitness": _optional(experiment.fitness, "fitness"),
        "valid": experiment.valid,
        "motivation": clean(candidate.motivation),
        "expected_effect": clean(candidate.expected_effect),
        "provenance_class": provenance_class or None,
        "verdicts": _verdicts(experiment.verdicts),
        "notes": dumps(experiment.notes),
        "sampler_data": dumps(experiment.sampler_data),
        "error": clean(_error(experiment)),
        "tier": runs[-1].tier if runs else "",
        "truncated": any(e.truncated for e in runs),
        "wall_s": math.fsum(e.wall_s for e in runs),
        "cpu_s": math.fsum(e.cpu_s for e in runs),
        "peak_memory_mb": max((float(e.peak_memory_mb) for e in runs), default=0.0),
        "created_at": experiment.created_at or row["created_at"],
    }
    if score is not None:
        row |= {
            "stderr": _optional(score.stderr, "stderr"),
            "replicates": int(score.replicates),
            "attested": bool(score.attested),
            "feedback": clean(score.feedback),
            "features": dumps(score.features),
            "score": dumps({"value": score.value, "fitness": score.fitness, "valid": bool(score.valid)}),
        }
    return row


def encode(experiment: Experiment, *, provenance_class: str | None, keep_outputs: bool) -> Encoded:
    """The rows of ``experiment``. Lessons without an id get one.

    Args:
        experiment: Finished, failed and rejected ones too.
        provenance_class: ``cognition``, ``experience``, ``novel``, or None for seeds and baselines.
        keep_outputs: Whether the returned data and the emissions are kept as artifacts.

    Raises:
        TypeError: if returned data, notes or details hold more than JSON values and numeric arrays.
        DomainError: if a metric is not a number.
        StoreError: if a seed does not fit in 64 bits.
    """
    experiment = with_lesson_ids(experiment)
    candidate, analysis = experiment.candidate, experiment.analysis
    artifacts: dict[str, bytes] = {}
    executions = []
    for i, execution in enumerate(experiment.executions):
        ref = None
        if keep_outputs and (execution.outputs is not None or execution.emitted):
            data = pack({"outputs": execution.outputs, "emitted": list(execution.emitted)})
            ref = content_hash(data)
            artifacts[ref] = data
        executions.append(_execution_row(i, execution, ref))
    own_files = dict(candidate.files)
    attempts = [
        {
            "position": i,
            "number": int(attempt.index),
            "kind": attempt.kind,
            "status": attempt.status,
            "reason": clean(attempt.reason),
            "motivation": clean(attempt.motivation),
            "files": None if own_files and dict(attempt.files) == own_files else dumps(attempt.files),
            "verdicts": _verdicts(attempt.verdicts),
        }
        for i, attempt in enumerate(experiment.attempts)
    ]
    children: dict[str, list[Row]] = {
        "attempts": attempts,
        "candidate_files": [
            {"position": i, "path": clean(path), "source": clean(source)}
            for i, (path, source) in enumerate(candidate.files.items())
        ],
        "executions": executions,
        "scores": [_score_row(i, score) for i, score in enumerate(experiment.scores)],
        "metrics": []
        if experiment.score is None
        else [
            {"position": i, "name": clean(name), "value": _number(value, f"metric {name!r}")}
            for i, (name, value) in enumerate(experiment.score.metrics.items())
        ],
        "analyses": [],
        "lessons": [],
        "provenance": [
            *_provenance(experiment.shown, False, 0),
            *_provenance(candidate.used, True, len(experiment.shown)),
        ],
    }
    if analysis is not None:
        ids = [lesson.lesson_id for lesson in analysis.lessons]
        children["analyses"] = [
            {
                "summary": clean(analysis.summary),
                "lessons": ids,
                "tags": list(analysis.tags),
                "parts": dumps({name: clean(text) for name, text in analysis.parts.items()}),
                "author": clean(analysis.author),
                "note": clean(analysis.note),
            }
        ]
        children["lessons"] = [
            {
                "position": i,
                "lesson_id": lesson.lesson_id,
                "run_id": experiment.run_id,
                "text": clean(lesson.text),
                "confidence": float(lesson.confidence),
                "about": lesson.about,
                "evidence": list(lesson.evidence),
                "effect": float(lesson.effect),
                "origin": lesson.origin,
                "tags": [clean(tag) for tag in lesson.tags],
                "contradicts": list(lesson.contradicts),
            }
            for i, lesson in enumerate(analysis.lessons)
        ]
    main = _main(experiment, provenance_class)
    return Encoded(experiment.experiment_id, experiment.run_id, main, children, artifacts)


def run_row(info: RunInfo) -> Row:
    """``info`` as a row of ``runs``, without ``position``."""
    return run_changes(asdict(info) | {"created_at": info.created_at or now()})


def run_changes(changes: Mapping[str, Any]) -> Row:
    """Fields of a :class:`RunInfo` as columns.

    Raises:
        StoreError: the seed does not fit in 64 bits.
        TypeError: there is no such field, or a JSON field holds something else.
    """
    unknown = sorted(set(changes) - {f.name for f in fields(RunInfo)})
    if unknown:
        raise TypeError(f"RunInfo has no field {unknown[0]!r}")
    row: Row = dict(changes)
    for name in RUN_JSON:
        if name in row:
            row[name] = dumps(row[name])
    if row.get("seed") is not None:
        row["seed"] = _integer(row["seed"], "the seed")
    for name in ("title", "reason"):
        if name in row:
            row[name] = clean(row[name])
    return row
