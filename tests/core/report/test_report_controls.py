"""Comparing with controls: at equal rounds, at equal CPU time, and no more than the numbers show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import asi_evolve as ae
import pyarrow as pa
import pytest
from asi_evolve.report.controls import Standing, comparison, series_of, standing
from asi_evolve.report.data import collect
from asi_evolve.report.stages import values_at
from report_samples import control, row

TOY = Path(__file__).parents[1] / "toy_domain.py"


def series(*values: float | None, cpu_s: float = 0.5):
    made = [{**row(n + 1, n, value), "cpu_s": cpu_s} for n, value in enumerate(values)]
    return series_of(made, values)


def test_a_series_counts_rounds_and_cpu_and_keeps_the_best():
    one = series(0.2, None, 0.6, 0.5)
    assert one.rounds == (0, 1, 2, 3)
    assert one.cpu_s == (0.5, 1.0, 1.5, 2.0)
    assert one.best == (0.2, 0.2, 0.6, 0.6)
    assert (one.done, one.spent, one.final) == (3, 2.0, 0.6)
    assert one.after_rounds(1) == 0.2
    assert one.after_rounds(0) == 0.2
    assert one.after_cpu(1.4) == 0.2
    assert one.after_cpu(1.5) == 0.6
    assert one.after_cpu(0.1) is None
    assert one.reached(0.6) == (2, 1.5)
    assert one.reached(0.7) is None
    assert series().final is None


def test_the_shorter_of_two_runs_decides_where_they_are_compared():
    mine, theirs = series(0.2, 0.5, 0.9), series(0.2, 0.7)
    other = replace(control(), series=theirs)
    assert standing(mine, [other], "rounds") == Standing(0, 0, 1)  # 0.5 against 0.7 after one round
    slow = replace(control(), series=series(0.2, 0.7, cpu_s=5.0))
    assert standing(mine, [slow], "cpu") == Standing(1, 0, 0)  # 0.9 against nothing after 1.5 CPU seconds


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ((0.5,), (0.5,), Standing(0, 1, 0)),
        ((None,), (0.5,), Standing(0, 0, 1)),
        ((0.5,), (None,), Standing(1, 0, 0)),
        ((None,), (None,), Standing(0, 1, 0)),
    ],
)
def test_runs_without_a_value_are_behind(mine, theirs, expected):
    other = replace(control(), series=series(*theirs))
    assert standing(series(*mine), [other], "rounds") == expected


def test_words_follow_the_numbers():
    other = replace(control(), series=series(0.2, 0.7))
    (rounds, cpu, caution) = comparison(series(0.2, 0.5), [other])
    assert "behind the control run" in rounds
    assert "behind the control run" in cpu
    assert "half of the cases" in caution
    several = [other, replace(other, differs=("backend jax instead of numpy",))]
    texts = comparison(series(0.2, 0.9), several)
    assert "ahead of 2 of the 2 control runs" in texts[0]
    assert "probability 1/3" in texts[2]
    assert "not run on equal terms: backend jax" in texts[3]


class Replicates:
    """A reader of two stages: the first program climbed, the second stayed, the third failed at the top."""

    def table(self, sql: str, parameters: list[str]) -> pa.Table:
        columns = ([1, 1, 1, 2, 3], ["quick", "quick", "full", "quick", "quick"], [0, 1, 0, 0, 0])
        return pa.table(
            [*columns, [0.2, 0.4, 9.0, 0.5, 0.6], [True] * 5], names=["seq", "stage", "replicate", "value", "valid"]
        )


def test_values_are_compared_at_one_stage():
    rows = [
        {"seq": 1, "stage": "full", "value": 9.0, "valid": True},
        {"seq": 2, "stage": "quick", "value": 0.5, "valid": True},
        {"seq": 3, "stage": "full", "value": None, "valid": False},
    ]
    assert values_at(Replicates(), "r", rows, "quick") == pytest.approx([0.3, 0.5, None])
    assert values_at(Replicates(), "r", rows, "full") == [9.0, None, None]


def test_a_control_with_other_code_of_the_domain_is_not_on_equal_terms(tmp_path: Path):
    plugin, db = tmp_path / "toy.py", tmp_path / "t.duckdb"
    plugin.write_text(TOY.read_text(encoding="utf-8"), encoding="utf-8")
    same = ae.run(str(plugin), rounds=1, seed=3, workers=1, db=db, proposer__name="random")
    plugin.write_text(plugin.read_text(encoding="utf-8") + "\n# the scorer may have changed\n", encoding="utf-8")
    mine = ae.run(str(plugin), rounds=1, seed=3, workers=1, db=db)
    assert collect(mine).controls == ()
    (named,) = collect(mine, [same.run_id]).controls
    assert [text.split()[:2] for text in named.differs] == [["domain", "code"]]
