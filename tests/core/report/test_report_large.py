"""The report of a long run is a small file, made in seconds of processor time, with every generation in it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from asi_evolve.api import open_run
from asi_evolve.config import from_json, to_json
from asi_evolve.records import Analysis, Attempt, Candidate, Execution, Experiment, Job, Lesson, Limits, Score
from asi_evolve.report import collect, to_html, to_markdown
from asi_evolve.store import RunInfo, open_store

TOY = str(Path(__file__).parents[1] / "toy_domain.py")
SOURCE = (
    "from asi_evolve import tunable\n\n\ndef base():\n    return tunable({}, low=0.0, high=5.0)\n" + 150 * "# line\n"
)


def fill(path: Path, run_id: str, rounds: int, proposer: str) -> int:
    """A run of so many rounds, a third of them failed; gives the generations of its best."""
    rng = np.random.default_rng(1)
    info = RunInfo(
        run_id=run_id,
        plugin="toy",
        title="Toy sum",
        seed=1,
        backend="numpy",
        stage="explore",
        proposer=proposer,
        sampler="ucb1",
        rounds=rounds,
        status="completed",
        config=to_json(from_json({"plugin": TOY})),
        tier="A",
        objective={"name": "x", "unit": ""},
    )
    best, best_id, generations = 1.0, f"{run_id}.s0", 0
    job = Job("explore", 0, 0, "numpy", Limits())
    with open_store(path, purpose="test") as store:
        store.create_run(info)
        for number in range(rounds + 1):
            experiment_id = f"{run_id}.{number or 's0'}"
            value = best + rng.normal() * 0.3 if number else 1.0
            valid = number == 0 or rng.random() > 0.33
            score = Score(float(value), True, {"x": float(value)}) if valid else None
            candidate = Candidate(
                experiment_id,
                {"candidate.py": SOURCE.format(round(float(value), 6))},
                "candidate.py",
                "numpy",
                parents=(best_id,) if number and proposer != "random" else (),
                motivation=f"Exchange of {best_id}: base base_two instead of base_one. " + "Because of this. " * 8,
                origin="grammar" if number else "seed",
            )
            status, error = ("ok", "") if valid else ("error", "ValueError: no")
            execution = Execution(job, status, cpu_s=0.1, wall_s=0.1, tier="A", error=error)
            experiment = Experiment(
                experiment_id,
                run_id,
                number,
                candidate,
                status,
                "explore",
                score,
                (execution,),
                (score,) if score is not None else (),
                attempts=(Attempt(0, "proposal", "accepted"),),
                analysis=Analysis(f"Scored {value:.6g}. " * 4, (Lesson("up", 0.5, f"slot:{number % 50}"),)),
                created_at="2026-01-01T00:00:00+00:00",
            )
            kept = replace(experiment, sampler_data={"parent": best_id})
            store.record(kept, state={}, provenance_class=None if number == 0 else "novel", keep_outputs=False)
            if valid and value > best:
                best, best_id, generations = float(value), experiment_id, generations + 1
    return generations


def check(tmp_path: Path, rounds: int) -> tuple[float, int]:
    db = tmp_path / "t.duckdb"
    generations = fill(db, "aaa111", rounds, "grammar")
    fill(db, "bbb222", rounds, "random")
    start = time.process_time()
    report = collect(open_run("aaa111", db))
    html, markdown = to_html(report), to_markdown(report, pictures=tmp_path)
    spent = time.process_time() - start
    assert len(report.lineage) == generations + 1
    assert html.count('<li class="up">') == generations
    assert len(report.controls) == 1
    assert f"{rounds:,} of {rounds:,}" in html
    assert max(len(html), len(markdown)) < 3_000_000
    return spent, len(html)


def test_six_hundred_rounds(tmp_path):
    spent, _ = check(tmp_path, 600)
    assert spent < 20


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ten_thousand_rounds(tmp_path, capsys):
    spent, size = check(tmp_path, 10_000)
    with capsys.disabled():
        print(f"\nreport of 10,000 rounds with a control: {spent:.1f} CPU s, {size / 1e6:.2f} MB")
    assert spent < 60
