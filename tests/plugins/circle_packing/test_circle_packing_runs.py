"""Whole runs of the real domain in the sandbox: they climb, repeat exactly, and resume exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asi_evolve as ae
from asi_evolve.api import resume

SMALL: dict[str, Any] = {
    "seed": 5,
    "workers": 1,
    "domain__problem": "square-12",
    "domain__cpu_seconds": 2.0,
}


def story(run: ae.Run) -> list[tuple[Any, ...]]:
    told = []
    for row in run.rows():
        candidate = run.experiment(row["experiment_id"]).candidate
        parents = tuple(parent.partition(".")[2] for parent in candidate.parents)
        told.append((dict(candidate.files), parents, row["status"], row["value"]))
    return told


def test_a_run_climbs_and_repeats_and_resumes_exactly(tmp_path: Path) -> None:
    whole = ae.run("circle_packing", rounds=6, db=tmp_path / "whole.duckdb", **SMALL)
    again = ae.run("circle_packing", rounds=6, db=tmp_path / "again.duckdb", **SMALL)
    assert story(again) == story(whole)

    part = ae.run("circle_packing", rounds=3, db=tmp_path / "part.duckdb", **SMALL)
    assert story(resume(part.db, part.run_id, rounds=3)) == story(whole)

    seed, best = whole.experiment("s0"), whole.best()
    assert best is not None
    assert seed.value is not None
    assert best.value is not None
    assert best.value > seed.value
    assert whole.outcome is not None
    assert whole.outcome.reproduced is True
    centers = whole.outputs("best")[0]["centers"]
    assert centers.shape == (12, 2)


def test_the_control_has_no_parents_and_cites_nothing(tmp_path: Path) -> None:
    run = ae.run("circle_packing", rounds=4, db=tmp_path / "c.duckdb", proposer__name="random", **SMALL)
    for number in range(1, 5):
        experiment = run.experiment(number)
        assert experiment.candidate.parents == ()
        assert experiment.candidate.used == ()
    assert run.info.sampler == "none"
