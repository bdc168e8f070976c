"""Records as the JSON objects that ``--json`` prints. The field names are part of the interface."""

from __future__ import annotations

from typing import Any

from asi_evolve.records import Execution, Experiment, Used, Verdict


def experiment_object(experiment: Experiment, *, full: bool = False) -> dict[str, Any]:
    """One experiment. ``best --json`` and ``show ID --json`` print it with ``full``.

    ``value`` and ``stderr`` are null unless the experiment is valid; ``sandbox_tier`` is that of the last execution.
    """
    score, candidate = experiment.score, experiment.candidate
    last = experiment.executions[-1] if experiment.executions else None
    result: dict[str, Any] = {
        "experiment_id": experiment.experiment_id,
        "run_id": experiment.run_id,
        "round": experiment.round,
        "status": experiment.status,
        "value": experiment.value,
        "valid": experiment.valid,
        "stderr": score.stderr if score is not None and experiment.valid else None,
        "metrics": dict(score.metrics) if score is not None else {},
        "stage": experiment.stage,
        "origin": candidate.origin,
        "motivation": candidate.motivation,
        "parents": list(candidate.parents),
        "sandbox_tier": last.tier if last is not None else None,
        "attested": score.attested if score is not None else None,
        "truncated": any(execution.truncated for execution in experiment.executions),
        "cpu_seconds": sum(execution.cpu_s for execution in experiment.executions),
        "entry": candidate.entry,
        "files": dict(candidate.files),
    }
    if not full:
        return result
    analysis = experiment.analysis
    return {
        **result,
        "fitness": experiment.fitness,
        "replicates": score.replicates if score is not None else 0,
        "features": dict(score.features) if score is not None else {},
        "feedback": score.feedback if score is not None else "",
        "backend": candidate.backend,
        "expected_effect": candidate.expected_effect,
        "used": [_used(item) for item in candidate.used],
        "shown": [_used(item) for item in experiment.shown],
        "verdicts": [_verdict(verdict) for verdict in experiment.verdicts],
        "executions": [_execution(execution) for execution in experiment.executions],
        "attempts": [
            {
                "index": attempt.index,
                "kind": attempt.kind,
                "status": attempt.status,
                "reason": attempt.reason,
                "motivation": attempt.motivation,
            }
            for attempt in experiment.attempts
        ],
        "analysis": None
        if analysis is None
        else {
            "summary": analysis.summary,
            "lessons": [
                {
                    "lesson_id": lesson.lesson_id,
                    "text": lesson.text,
                    "confidence": lesson.confidence,
                    "about": lesson.about,
                    "effect": lesson.effect,
                    "origin": lesson.origin,
                    "tags": list(lesson.tags),
                    "evidence": list(lesson.evidence),
                    "contradicts": list(lesson.contradicts),
                }
                for lesson in analysis.lessons
            ],
            "tags": list(analysis.tags),
            "parts": dict(analysis.parts),
            "author": analysis.author,
            "note": analysis.note,
        },
        "notes": dict(experiment.notes),
        "created_at": experiment.created_at,
    }


def _used(item: Used) -> dict[str, str]:
    return {"kind": item.kind, "ref_id": item.ref_id, "how": item.how}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "check": verdict.check,
        "passed": verdict.passed,
        "message": verdict.message,
        "advisory": verdict.advisory,
    }


def _execution(execution: Execution) -> dict[str, Any]:
    return {
        "stage": execution.job.stage,
        "replicate": execution.job.replicate,
        "seed": execution.job.seed,
        "status": execution.status,
        "truncated": execution.truncated,
        "cpu_seconds": execution.cpu_s,
        "wall_seconds": execution.wall_s,
        "peak_memory_mb": execution.peak_memory_mb,
        "tier": execution.tier,
        "error": execution.error,
        "stdout_tail": execution.stdout_tail,
        "stderr_tail": execution.stderr_tail,
    }


def run_object(info: Any) -> dict[str, Any]:
    """One run as ``status --json`` lists it."""
    from dataclasses import fields

    return {field.name: getattr(info, field.name) for field in fields(info)}
