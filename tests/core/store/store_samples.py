"""Experiments for the tests of the store."""

from __future__ import annotations

from typing import Any

import numpy as np
from asi_evolve.records import (
    Analysis,
    Attempt,
    Candidate,
    Execution,
    Experiment,
    Job,
    Lesson,
    Limits,
    Score,
    Used,
    Verdict,
)
from asi_evolve.store import RunInfo


def info(run_id: str = "abc123", **fields: Any) -> RunInfo:
    values: dict[str, Any] = {
        "plugin": "parabola",
        "title": "A parabola",
        "seed": 7,
        "rounds": 20,
        "config": {"run": {"rounds": 20, "target": None}, "plugin": "parabola"},
        "environment": {"python": "3.11"},
        "objective": {"name": "height", "unit": "m"},
        "created_at": "2026-01-01T00:00:00.000000Z",
    }
    return RunInfo(run_id, **(values | fields))


def simple(number: int | str, run_id: str = "abc123", value: float | None = None, **fields: Any) -> Experiment:
    """A small finished experiment; valid if it has a value."""
    experiment_id = f"{run_id}.{number}"
    round_ = number if isinstance(number, int) else 0
    parents = (f"{run_id}.{number - 1}" if number > 1 else f"{run_id}.s0",) if isinstance(number, int) else ()
    values: dict[str, Any] = {
        "candidate": Candidate(
            experiment_id,
            files={"candidate.py": f"def solve():\n    return {number!r}\n"},
            entry="candidate.py",
            backend="numpy",
            parents=parents,
            motivation=f"try {number}",
            origin="grammar" if isinstance(number, int) else "seed",
        ),
        "status": "ok" if value is not None else "error",
        "stage": "explore",
        "score": None if value is None else Score(value, True, metrics={"height": value}, features={"x": 0.5}),
        "notes": {"operator": "swap", "n": number},
        "created_at": "2026-01-01T00:00:01.000000Z",
    }
    return Experiment(experiment_id=experiment_id, run_id=run_id, round=round_, **(values | fields))


def rich(number: int = 3, run_id: str = "abc123", *, outputs: bool = False) -> Experiment:
    """An experiment with something in every field."""
    experiment_id = f"{run_id}.{number}"
    files = {"z.py": "import a\n", "a.py": "X = 'é\\x00'\n"}
    verdicts = (
        Verdict("parse", True),
        Verdict("novelty", False, "0.99 like another", advisory=True, details={"similarity": 0.99, "ids": ["a", None]}),
    )
    executions = tuple(
        Execution(
            job=Job(
                stage="verify",
                replicate=i,
                seed=10**12 + i,
                backend="numpy",
                limits=Limits(wall_s=3.5, threads=2),
                inputs={"n": 26, "nested": {"list": [1, 2.5, "x", None, True]}},
                device="cuda:0",
                hidden_ref=f"h{i}",
            ),
            status="timeout" if i else "ok",
            outputs={"centres": np.arange(6.0).reshape(3, 2) + i, "label": "ok"} if outputs else None,
            emitted=({"radius": np.float32(0.5) * np.ones(2, np.float32)},) if outputs else (),
            truncated=bool(i),
            wall_s=1.25 + i,
            cpu_s=0.5,
            peak_memory_mb=64.0 + i,
            stdout_tail="printed \x1b[31m",
            stderr_tail="warning",
            error="over 3.5 s" if i else "",
            tier="B",
            artifacts=("f" * 64,),
        )
        for i in range(2)
    )
    scores = tuple(
        Score(1.5 + i, True, {"a": 1.0 + i, "nan": float("inf")}, {"x": 0.1}, f"words {i}", fitness=9.0, replicates=1)
        for i in range(2)
    )
    return Experiment(
        experiment_id=experiment_id,
        run_id=run_id,
        round=number,
        candidate=Candidate(
            experiment_id,
            files=files,
            entry="z.py",
            backend="numpy",
            parents=(f"{run_id}.1", f"{run_id}.2"),
            motivation="because of \"quotes\" and 'more'",
            expected_effect="higher",
            origin="llm",
            used=(Used("cognition", "item-1", "the idea"), Used("experiment", f"{run_id}.1")),
        ),
        status="ok",
        stage="verify",
        score=Score(
            2.0,
            True,
            {"b": 2.0, "a": 1.5},
            {"x": 0.25, "y": -1.0},
            "good",
            attested=False,
            fitness=8.5,
            stderr=0.5,
            replicates=2,
        ),
        executions=executions,
        scores=scores,
        verdicts=verdicts,
        attempts=(
            Attempt(0, "proposal", "rejected", "does not parse", {"z.py": "def ("}, "first", verdicts),
            Attempt(1, "repair", "accepted", "", files, "second"),
        ),
        analysis=Analysis(
            "It worked.",
            (
                Lesson("More is better", 0.75, "slot:init", (experiment_id, f"{run_id}.1"), 1.5, f"{experiment_id}.l0"),
                Lesson("Less is not", 0.5, "tag", (), -0.5, f"{experiment_id}.l1"),
            ),
            ("tag", "other"),
        ),
        shown=(Used("lesson", f"{run_id}.1.l0"), Used("cognition", "item-2")),
        notes={"operator": "llm", "$strange": [float("nan")] and {"$float": "x"}, "deep": {"a": [1, [2, {}]]}},
        sampler_data={"island": 2},
        created_at="2026-01-01T00:00:02.000000Z",
        known=2,
    )
