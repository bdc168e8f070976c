"""An ablation after a run: measured in the sandbox, recorded, done once, and part of the report."""

from __future__ import annotations

from pathlib import Path

import asi_evolve as ae
import pytest
from asi_evolve.api.ablate import EVENT, ablate
from asi_evolve.errors import UsageError
from asi_evolve.report import collect, to_markdown

TOY = str(Path(__file__).parents[1] / "toy_domain.py")


def test_ablation_measures_what_each_change_is_worth_once(tmp_path):
    db = tmp_path / "t.duckdb"
    run = ae.run(TOY, rounds=14, seed=5, workers=1, db=db)
    before = run.rows()
    best = run.best()
    assert best.round > 0
    told: list[str] = []
    done = ablate(db, on_start=told.append)
    assert done.experiment_id == best.experiment_id
    assert done.measured >= 2
    assert done.recorded == 0
    assert "at most" in told[0]
    measured = [event["data"] for event in run.events() if event["kind"] == EVENT]
    assert len(measured) == done.measured
    assert measured[0]["kind"] == "none"
    assert measured[0]["value"] == best.value
    assert all(data["tier"] for data in measured)
    # The search is as it was: an ablation is no round.
    assert run.rows() == before
    assert run.info.status == "completed"

    again = ablate(db)
    assert (again.measured, again.recorded) == (0, done.measured)
    report = collect(run)
    result = report.ablation
    assert result.reference == best.value
    assert {effect.name for effect in result.effects} == {data["name"] for data in measured[1:]}
    for effect in result.effects:
        if effect.value is not None:
            assert effect.loss == pytest.approx(best.value - effect.value)
    assert "measured after the run" in to_markdown(report)
    assert f"{len(measured)} programs of an ablation" in to_markdown(report)


def test_a_resumed_run_goes_on_as_if_it_had_not_been_ablated(tmp_path):
    from asi_evolve.api import resume

    values = []
    for name in ("a", "b"):
        db = tmp_path / f"{name}.duckdb"
        ae.run(TOY, rounds=6, seed=5, workers=1, db=db)
        if name == "b":
            ablate(db)
        values.append([row["value"] for row in resume(db, rounds=4).rows()])
    assert values[0] == values[1]


def test_what_cannot_be_ablated_is_said_in_one_line(tmp_path):
    with pytest.raises(UsageError, match="no such database"):
        ablate(tmp_path / "none.duckdb")
    db = tmp_path / "t.duckdb"
    ae.run(TOY, rounds=1, seed=1, workers=1, db=db, domain__fault="raise")
    with pytest.raises(UsageError, match="no valid experiment"):
        ablate(db)
