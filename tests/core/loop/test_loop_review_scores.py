"""What a scorer may return: plain numbers are kept, anything else is the domain's fault and is recorded as such."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asi_evolve as ae
import numpy as np
import pytest
from asi_evolve.errors import DomainError
from asi_evolve.loop.evaluate import _sound
from asi_evolve.records import Score

TOY = str(Path(__file__).parents[1] / "toy_domain.py")


def test_numbers_are_kept_as_the_database_gives_them_back() -> None:
    odd: dict[str, Any] = {"value": np.float32(0.1), "valid": np.bool_(True), "fitness": np.float32(0.1)}
    odd |= {"metrics": {"a": np.int64(3)}, "features": {"b": 1, "c": None}, "feedback": None}
    made = _sound(Score(**odd))
    assert type(made.value) is float
    assert type(made.fitness) is float
    assert made.valid is True
    assert (made.metrics, made.features, made.feedback) == ({"a": 3.0}, {"b": 1.0}, "")
    assert made.value == float(np.float32(0.1)) != 0.1
    assert _sound(Score(3.0, False)).value is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": "3.0"},
        {"value": None},
        {"value": float("inf")},
        {"value": [1.0]},
        {"fitness": float("nan")},
        {"metrics": {"a": "much"}},
        {"features": [1.0]},
    ],
)
def test_anything_else_is_the_domains_fault(wrong: dict[str, Any]) -> None:
    with pytest.raises(DomainError, match=r"score\(\) returned"):
        _sound(Score(**{"value": 1.0, "valid": True, **wrong}))


def test_a_metric_that_is_no_number_costs_its_round_not_the_record(tmp_path: Path) -> None:
    path = tmp_path / "wordy.py"
    text = Path(TOY).read_text().replace('metrics={"x": float(x)}', 'metrics={"x": "much" if x > 1.0 else 1.0}')
    path.write_text(text)
    run = ae.run(str(path), rounds=12, seed=3, workers=1, db=tmp_path / "t.duckdb")
    assert run.outcome is not None
    assert run.outcome.done == sum(row["round"] > 0 for row in run.rows()) > 0
    said = [verdict.message for row in run.rows() for verdict in run.experiment(row["experiment_id"]).verdicts]
    assert any("metrics['x'] = 'much'" in message for message in said)
