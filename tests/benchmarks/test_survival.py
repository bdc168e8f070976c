"""Statistics of censored times, against values worked out by hand."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("scipy")
_FILE = Path(__file__).parents[2] / "benchmarks" / "survival.py"


@pytest.fixture(scope="module")
def survival() -> ModuleType:
    spec = importlib.util.spec_from_file_location("survival", _FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


#: Four runs: reached at 1 and 3, given up at 2 and 4. Survival is 3/4 after 1 and 3/4 * 1/2 after 3.
MIXED = [(3.0, True), (2.0, False), (1.0, True), (4.0, False)]


def test_quantiles_count_censored_runs_as_still_at_it(survival: ModuleType) -> None:
    assert [survival.quantile(MIXED, q) for q in (0.25, 0.5, 0.625, 0.75)] == [1.0, 3.0, 3.0, None]
    # Dropping the censored runs would give 1 and 3 as well as an upper quartile.
    assert survival.quantile([t for t in MIXED if t[1]], 0.75) == 3.0
    assert survival.quantile([(5.0, False), (6.0, False)], 0.25) is None


def test_fisher_is_two_sided_on_hits(survival: ModuleType) -> None:
    ours, theirs = [(1.0, True)] * 4, [(1.0, False)] * 4
    # One table of C(8, 4) = 70 is as extreme on either side.
    assert survival.fisher(ours, theirs) == pytest.approx(2.0 / 70.0)
    assert survival.fisher(ours, ours) == 1.0


def test_logrank_sees_the_order_of_times(survival: ModuleType) -> None:
    early, late = [(t, True) for t in (1.0, 2.0, 3.0, 4.0, 5.0)], [(t, True) for t in (11.0, 12.0, 13.0, 14.0, 15.0)]
    assert survival.logrank(early, late) < 0.01
    assert survival.logrank(early, early) == pytest.approx(1.0)


def test_the_ratio_of_medians_stays_open_where_the_control_is_mostly_censored(survival: ModuleType) -> None:
    ours = [(float(t), True) for t in range(1, 21)]
    low, high = survival.median_ratio(ours, ours, draws=400)
    assert low < 1.0 < high
    theirs = [(100.0, False)] * 15 + [(90.0, True)] * 5
    low, high = survival.median_ratio(ours, theirs, draws=400)
    assert low == 0.0
    assert high <= 20.0 / 90.0


def test_curves_are_drawn_the_same_each_time(survival: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("a.svg", "b.svg"):
        survival.curves({"mixed": MIXED, "none": [(2.0, False)]}, "rounds", 5.0, tmp_path / name)
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text()
    assert "<svg" in text
    assert len(text) < 60_000
