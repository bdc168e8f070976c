"""Executed checks: their cost counts, a stop is no verdict, and a resume refuses what the whole run would refuse."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asi_evolve as ae
import asi_evolve.loop.memory as memory
import asi_evolve.store.store as store
import pytest
from asi_evolve.api import resume
from asi_evolve.checks.duplicates import DuplicateIndex
from asi_evolve.loop.evaluate import Evaluator, Stopped
from asi_evolve.records import Candidate, Execution, Job, Limits

TOY = Path(__file__).parents[1] / "toy_domain.py"


CHECK = """
        checks=(Check("large", lambda rng: {}, judge, Limits(wall_s=10, cpu_s=2, memory_mb=512)),),
"""
JUDGE = """
def judge(outputs):
    return Verdict("large", outputs["x"] == 1.0 or outputs["x"] > 3.0, "too small")


"""


def story(run: ae.Run) -> list[Any]:
    told = []
    for row in run.rows():
        experiment = run.experiment(row["experiment_id"])
        attempts = [(attempt.status, attempt.reason.replace(run.run_id, "RUN")) for attempt in experiment.attempts]
        told.append((row["round"], row["status"], row["value"], experiment.candidate.files, attempts))
    return told


def test_a_resume_refuses_what_the_whole_run_refuses(tmp_path: Path) -> None:
    text = TOY.read_text()
    text = text.replace("    hookimpl,\n)", "    hookimpl,\n    Check,\n    Verdict,\n)", 1)
    text = text.replace("        rounds=6,\n", f"        rounds=6,\n{CHECK}", 1)
    text = text.replace("def _make(", f"{JUDGE}def _make(", 1)
    # No constants, so that programs come again.
    text = text.replace('tunable(1.0, low=0.0, high=5.0)")', 'float(1.0)")')
    text = text.replace("2.0 + tunable(0.5, low=0.0, high=3.0)", "2.0 + 0.5")
    text = text.replace("x * tunable(0.5, low=0.1, high=0.9)", "x * 0.5")
    text = text.replace("x * tunable(1.2, low=1.0, high=2.0)", "x * 1.2").replace("tunable(1, low=0, high=4)", "1")
    path = tmp_path / "checked.py"
    path.write_text(text)
    given: dict[str, Any] = {"seed": 2, "workers": 1, "proposer__name": "random"}
    whole = ae.run(str(path), rounds=8, db=tmp_path / "whole.duckdb", **given)
    ae.run(str(path), rounds=4, db=tmp_path / "parts.duckdb", **given)
    parts = resume(tmp_path / "parts.duckdb", rounds=4)
    assert story(parts) == story(whole)
    reasons = [reason for *_, attempts in story(whole) for status, reason in attempts if status == "rejected"]
    assert any(reason.startswith("large:") for reason in reasons)


def evaluator(spent: list[float], stopped: bool) -> Evaluator:
    execution = Execution(Job("check:a", 0, 0, "numpy", Limits()), "killed" if stopped else "ok", {}, cpu_s=2.0)
    hook: Any = SimpleNamespace(execute=lambda context, candidate, job: execution)
    domain: Any = SimpleNamespace(stages=(SimpleNamespace(name="explore"),))
    scorer: Any = None
    return Evaluator(
        hook,
        domain,
        scorer,
        run_seed=0,
        last_stage="explore",
        spend=spent.append,
        stopped=lambda: stopped,
        stage_values=lambda stage, count: (),
    )


def test_an_execution_counts_and_a_stop_is_no_verdict() -> None:
    candidate, job, context = Candidate("a.1", {}, "c.py", "numpy"), Job("check:a", 0, 0, "numpy", Limits()), Any
    spent: list[float] = []
    assert evaluator(spent, False).execute(context, candidate, job).status == "ok"  # type: ignore[arg-type]
    assert spent == [2.0]
    with pytest.raises(Stopped):
        evaluator(spent, True).execute(context, candidate, job)  # type: ignore[arg-type]
    assert spent == [2.0]


def test_only_who_had_a_program_first_can_take_it_back() -> None:
    index = DuplicateIndex()
    index.add("hash", "a.1")
    index.discard("hash", "a.2")
    assert index.find("hash") == "a.1"
    index.discard("hash", "a.1")
    assert index.find("hash") is None


def test_small_caches_give_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {"rounds": 8, "seed": 3, "workers": 3, "ordered": True}
    given["run__ordered"] = given.pop("ordered")
    whole = ae.run(str(TOY), db=tmp_path / "a.duckdb", **given)
    monkeypatch.setattr(memory, "_CACHED", 1)
    monkeypatch.setattr(store, "CACHED", 1)
    small = ae.run(str(TOY), db=tmp_path / "b.duckdb", **given)
    assert story(small) == story(whole)
