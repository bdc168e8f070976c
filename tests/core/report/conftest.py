"""A report of a finished run, made without a database, in which every text that can be hostile is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asi_evolve.domain import Backend, Domain, Objective
from asi_evolve.records import CognitionItem, Lesson
from asi_evolve.report.ablation import AblationResult
from asi_evolve.report.controls import series_of
from asi_evolve.report.costs import ModelCost, OriginCost, Spend, StageCost
from asi_evolve.report.data import Report
from asi_evolve.report.descent import Step
from asi_evolve.report.failures import Attempts, Failure, Failures
from asi_evolve.report.stages import StageValues
from asi_evolve.store.runinfo import RunInfo
from report_samples import EVIL, control, effect, experiment, row

MakeReport = Callable[..., Report]


@pytest.fixture
def make_report() -> MakeReport:
    def make(**changes: Any) -> Report:
        seed, best = experiment(0, 0.2), experiment(2, 0.75, "aaa111.s0", EVIL)
        shares = {"cognition": 0.5, "experience": 0.25, "novel": 0.25, "n": 4.0}
        rows = changes.get(
            "rows",
            (
                row(1, 0, 0.2),
                row(2, 1, 0.4),
                row(3, 2, 0.75, EVIL),
                row(4, 3, None, error=f"ValueError {EVIL}"),
                row(5, 4, 0.5),
            ),
        )
        values = tuple(one["value"] for one in rows)
        given: dict[str, Any] = {
            "info": RunInfo(
                run_id="aaa111",
                plugin="tiny",
                title=f"Find x {EVIL}",
                seed=7,
                proposer="grammar",
                sampler="ucb1",
                backend="numpy",
                rounds=4,
                status="completed",
                reason="All 4 rounds were done.",
                config={
                    "plugin": "tiny",
                    "budget": {"wall_s": 60.0, "usd": None},
                    "domain": {"problem": f"p {EVIL}"},
                    "sampler": {"name": "greedy"},
                },
                tier="A",
                environment={"python": "3.11.2", "packages": {"numpy": "2.1.0"}, "domain_code": "ab" * 32},
                core_version="0.1.0",
                objective={"name": f"x {EVIL}", "unit": "units"},
            ),
            "database": "runs.duckdb",
            "rows": rows,
            "best": best,
            "stages": (StageValues("explore", values),),
            "series": series_of(rows, values),
            "statuses": (("valid", 3), ("error", 1)),
            "done": 4,
            "wall_s": 65.0,
            "top": (row(3, 2, 0.75, EVIL), row(5, 4, 0.5)),
            "lineage": (
                Step(seed, None, (), 4, 2),
                Step(best, 0.55, (f"constant guess.x: 0.2 -> 0.75 {EVIL}",)),
            ),
            "seed": seed.candidate,
            "references": {"known-1": CognitionItem("known-1", f"Known {EVIL}", "", f"Somebody, 1999 {EVIL}")},
            "lessons": (Lesson(f"x may go up {EVIL}", 0.8, "slot:guess", ("aaa111.2",), 1.0),),
            "provenance": {"all": shares, "best 10%": shares},
            "controls": (control(),),
            "failures": Failures(
                (Failure("error", 1, 0.5, "aaa111.3", f"ValueError {EVIL}"),),
                (
                    Attempts("proposal", "accepted", "", 4, "aaa111.1", ""),
                    Attempts("proposal", "rejected", "duplicate", 2, "aaa111.2", f"duplicate: {EVIL}"),
                ),
            ),
            "spend": Spend(
                (StageCost("explore", 5, 5, 2.5, 3.5, 20.0),),
                (OriginCost("seed", 1, 1, 0.5, 0.2), OriginCost("grammar", 4, 3, 2.0, 0.75)),
                (ModelCost(f"model {EVIL}", "propose", 3, 1200, 340, 0.0123),),
                (),
                2.5,
            ),
            "ablation": AblationResult(
                "explore",
                "aaa111.s0",
                0.75,
                2,
                (effect(0.5, 0.1), effect(-0.1), effect(None)),
                (EVIL,),
                1.5,
                "A",
                "2026-01-02T00:00:00",
            ),
            "domain": Domain(
                name="tiny",
                title="Find x",
                task_markdown="",
                objective=Objective("x", unit="units"),
                backends={"numpy": Backend(seeds={"weak": {"candidate.py": "X = 0.2\n"}})},
                published=({"system": f"Other {EVIL}", "value": "0.9"},),
            ),
            "domain_code": "ab" * 32,
            "sections": (("Plots", f"A *picture*: ![dot](data:image/png;base64,aGVsbG8=) {EVIL}\n\n<b>raw</b>"),),
            "events": (
                {
                    "kind": "recheck",
                    "data": {"experiment_id": "aaa111.2", "value": 0.75, "second": 0.75, "reproduced": True},
                    "created_at": "2026-01-01T00:01:00",
                },
                {"kind": "note", "data": {"text": EVIL}, "created_at": "2026-01-01T00:02:00"},
            ),
            "notes": (f"one note {EVIL}",),
        }
        return Report(**{**given, **changes})

    return make
