"""A report of a finished run, made without a database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asi_evolve.records import Candidate, Execution, Experiment, Job, Lesson, Limits, Score
from asi_evolve.report.data import Control, Report, Step
from asi_evolve.store.runinfo import RunInfo

EVIL = "<script>alert(1)</script> [x](javascript:alert(1)) | `code` **b** \x1b[31m"


def experiment(number: int, value: float | None, parent: str | None = None, why: str = "raise x") -> Experiment:
    experiment_id = f"aaa111.{number or 's0'}"
    score = Score(value, True, metrics={"square": 1.0}) if value is not None else None
    return Experiment(
        experiment_id=experiment_id,
        run_id="aaa111",
        round=number,
        candidate=Candidate(
            experiment_id,
            {"candidate.py": f"X = {value}  # ``` </code></pre><b>\n"},
            "candidate.py",
            "numpy",
            parents=(parent,) if parent else (),
            motivation=why,
            origin="grammar" if number else "seed",
        ),
        status="ok" if score is not None else "error",
        stage="explore",
        score=score,
        executions=(Execution(Job("explore", 0, 0, "numpy", Limits()), "ok", cpu_s=0.5, tier="A"),),
    )


def row(seq: int, number: int, value: float | None, why: str = "raise x", error: str = "") -> dict[str, Any]:
    return {
        "seq": seq,
        "experiment_id": f"aaa111.{number or 's0'}",
        "round": number,
        "origin": "grammar" if number else "seed",
        "status": "ok" if value is not None else "error",
        "value": value,
        "valid": value is not None,
        "attested": True,
        "truncated": False,
        "motivation": why,
        "error": error,
        "feedback": "",
        "cpu_s": 0.5,
    }


MakeReport = Callable[..., Report]


@pytest.fixture
def make_report() -> MakeReport:
    def make(**changes: Any) -> Report:
        seed, best = experiment(0, 0.2), experiment(2, 0.75, "aaa111.s0", EVIL)
        shares = {"cognition": 0.5, "experience": 0.25, "novel": 0.25, "n": 4.0}
        values: dict[str, Any] = {
            "info": RunInfo(
                run_id="aaa111",
                plugin="tiny",
                title=f"Find x {EVIL}",
                seed=7,
                proposer="grammar",
                sampler="ucb1",
                rounds=4,
                status="completed",
                reason="All 4 rounds were done.",
                config={"budget": {"wall_s": 60.0, "usd": None}, "domain": {"problem": "p<1>"}},
                tier="A",
                environment={"python": "3.11.2", "packages": {"numpy": "2.1.0"}},
                core_version="0.1.0",
                objective={"name": "x", "unit": "units"},
            ),
            "database": "runs.duckdb",
            "rows": (
                row(1, 0, 0.2),
                row(2, 1, 0.4),
                row(3, 2, 0.75, EVIL),
                row(4, 3, None, error=f"ValueError {EVIL}"),
                row(5, 4, 0.5),
            ),
            "best": best,
            "statuses": (("valid", 3), ("error", 1)),
            "done": 4,
            "cpu_s": 2.5,
            "wall_s": 65.0,
            "top": (row(3, 2, 0.75, EVIL), row(5, 4, 0.5)),
            "lineage": (Step(seed, None, ()), Step(best, 0.55, (f"constant guess.x: 0.2 -> 0.75 {EVIL}",))),
            "lessons": (Lesson(f"x may go up {EVIL}", 0.8, "slot:guess", ("aaa111.2",), 1.0),),
            "provenance": {"all": shares, "best 10%": shares},
            "controls": (Control("bbb222", 7, 4, 0.61),),
            "published": ({"system": f"Other {EVIL}", "value": "0.9"},),
            "sections": (("Plots", f"A *picture*: ![dot](data:image/png;base64,aGVsbG8=) {EVIL}\n\n<b>raw</b>"),),
            "events": (
                {
                    "kind": "recheck",
                    "data": {"experiment_id": "aaa111.2", "reproduced": True},
                    "created_at": "2026-01-01T00:01:00",
                },
            ),
            "notes": ("one note",),
        }
        return Report(**{**values, **changes})

    return make
