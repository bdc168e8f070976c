"""Rows as experiments again: the inverse of :mod:`.codec`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from asi_evolve.records import (
    Analysis,
    Attempt,
    Candidate,
    Data,
    Execution,
    Experiment,
    Job,
    Lesson,
    Limits,
    Score,
    Used,
    Verdict,
)
from asi_evolve.store.codec import Encoded, Row
from asi_evolve.store.jsonio import loads


def decode_lesson(row: Row) -> Lesson:
    """A row of ``lessons`` as a record."""
    return Lesson(
        text=row["text"],
        confidence=row["confidence"],
        about=row["about"],
        evidence=tuple(row["evidence"]),
        effect=row["effect"],
        lesson_id=row["lesson_id"],
        origin=row["origin"] or "rules",
        tags=tuple(row["tags"] or ()),
        contradicts=tuple(row["contradicts"] or ()),
    )


def _decode_verdicts(text: str) -> tuple[Verdict, ...]:
    return tuple(Verdict(**item) for item in loads(text))


def _decode_limits(text: str) -> Limits:
    known = {f.name for f in fields(Limits)}
    return Limits(**{name: value for name, value in loads(text).items() if name in known})


def _decode_execution(row: Row, load: Callable[[str], Data] | None) -> Execution:
    kept: Any = load(row["outputs_ref"]) if load is not None and row["outputs_ref"] else None
    return Execution(
        job=Job(
            stage=row["stage"],
            replicate=row["replicate"],
            seed=row["seed"],
            backend=row["backend"],
            limits=_decode_limits(row["limits"]),
            inputs=loads(row["inputs"]) if row["inputs"] is not None else {},
            device=row["device"],
            hidden_ref=row["hidden_ref"],
        ),
        status=row["status"],
        outputs=kept["outputs"] if kept else None,
        emitted=tuple(kept["emitted"]) if kept else (),
        truncated=row["truncated"],
        wall_s=row["wall_s"],
        cpu_s=row["cpu_s"],
        peak_memory_mb=row["peak_memory_mb"],
        stdout_tail=row["stdout_tail"],
        stderr_tail=row["stderr_tail"],
        error=row["error"],
        tier=row["tier"],
        artifacts=tuple(row["artifacts"]),
    )


def _decode_score(row: Row) -> Score:
    return Score(
        value=row["value"],
        valid=row["valid"],
        metrics=loads(row["metrics"]),
        features=loads(row["features"]),
        feedback=row["feedback"],
        attested=row["attested"],
        fitness=row["fitness"],
        stderr=row["stderr"],
        replicates=row["replicates"],
    )


def decode(encoded: Encoded, load: Callable[[str], Data] | None = None) -> Experiment:
    """The record of the rows.

    Args:
        encoded: Rows as ``encode`` gives them, or as read from the database, each table in ``position`` order.
        load: Gives the data of an artifact; None leaves ``Execution.outputs`` None and ``emitted`` empty.
    """
    main, children = encoded.main, encoded.children
    files = {row["path"]: row["source"] for row in children["candidate_files"]}
    uses = [(row["used"], Used(row["kind"], row["ref_id"], row["how"])) for row in children["provenance"]]
    score = None
    if main["score"] is not None:
        own = loads(main["score"])
        score = Score(
            value=own["value"],
            valid=own["valid"],
            metrics={row["name"]: row["value"] for row in children["metrics"]},
            features=loads(main["features"]),
            feedback=main["feedback"],
            attested=main["attested"],
            fitness=own["fitness"],
            stderr=main["stderr"],
            replicates=main["replicates"],
        )
    analysis = None
    if children["analyses"]:
        report = children["analyses"][0]
        lessons = tuple(decode_lesson(row) for row in children["lessons"])
        analysis = Analysis(
            summary=report["summary"],
            lessons=lessons,
            tags=tuple(report["tags"]),
            parts=loads(report["parts"]) if report["parts"] else {},
            author=report["author"] or "",
            note=report["note"] or "",
        )
    return Experiment(
        experiment_id=main["experiment_id"],
        run_id=main["run_id"],
        round=main["round"],
        candidate=Candidate(
            experiment_id=main["experiment_id"],
            files=files,
            entry=main["entry"],
            backend=main["backend"],
            parents=tuple(main["parents"]),
            motivation=main["motivation"],
            expected_effect=main["expected_effect"],
            origin=main["origin"],
            used=tuple(use for used, use in uses if used),
        ),
        status=main["status"],
        stage=main["stage"],
        score=score,
        executions=tuple(_decode_execution(row, load) for row in children["executions"]),
        scores=tuple(_decode_score(row) for row in children["scores"]),
        verdicts=_decode_verdicts(main["verdicts"]),
        attempts=tuple(
            Attempt(
                index=row["number"],
                kind=row["kind"],
                status=row["status"],
                reason=row["reason"],
                files=files if row["files"] is None else loads(row["files"]),
                motivation=row["motivation"],
                verdicts=_decode_verdicts(row["verdicts"]),
            )
            for row in children["attempts"]
        ),
        analysis=analysis,
        shown=tuple(use for used, use in uses if not used),
        notes=loads(main["notes"]),
        sampler_data=loads(main["sampler_data"]),
        created_at=main["created_at"],
        known=main["known"],
    )
