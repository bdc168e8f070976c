"""The pictures show what the numbers say, whatever the numbers are, and stay small."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from asi_evolve.report.controls import series_of
from asi_evolve.report.figures.axes import STYLE, corners, labels, limits, standalone, ticks
from asi_evolve.report.figures.effects import effects_chart
from asi_evolve.report.figures.progress import enlarged, progress
from asi_evolve.report.figures.tree import tree
from report_samples import EVIL, control, effect, row

#: Finite numbers whose differences, sums or logarithms are none, or no steps.
EXTREMES = (0.0, -0.0, 5e-324, 2e-323, 1e-310, 1e-300, 1.0, 1.0 + 2**-52, 1e16, 1e16 + 2, 1.7e308, -1.7e308)

SPACE = "{http://www.w3.org/2000/svg}"


def rows(*values: float | None):
    return [row(n + 1, n, value) for n, value in enumerate(values)]


def draw(*values: float | None, controls=(), by="rounds", **options):
    made = rows(*values)
    series = series_of(made, values)
    options = {"name": "x < y & z", "width": 760, **options}
    return progress(made, series, controls, by=by, **options)


def marks(root: ET.Element, name: str) -> int:
    """How many marks of a kind there are: each begins with a capital M."""
    return sum(p.attrib["d"].count("M") for p in root.findall(f"{SPACE}path") if p.attrib["class"] == name) - (
        1 if any(p.attrib["class"] == name and "transform" in p.attrib for p in root.findall(f"{SPACE}path")) else 0
    )


def test_progress_shows_values_best_so_far_and_failures():
    drawn = draw(0.2, 0.4, None, 0.3, 0.9)
    root = ET.fromstring(drawn.svg)
    assert marks(root, "dot") == 3
    assert marks(root, "seed") == 1
    assert marks(root, "bad") == 1
    (line,) = [p for p in root.findall(f"{SPACE}polyline") if p.attrib["class"] == "best"]
    heights = [float(point.split(",")[1]) for point in line.attrib["points"].split()]
    assert heights == sorted(heights, reverse=True)  # the best never falls (y grows downward)
    assert len(set(heights)) == 3
    assert "x < y & z" in root.attrib["aria-label"]
    assert (drawn.below, drawn.left_out) == (0, 0)


def test_a_control_is_drawn_beside_it_and_widens_the_axis():
    alone, beside = draw(0.2, 0.4), draw(0.2, 0.4, controls=(control(), control("ccc333")))
    lines = [p.attrib["class"] for p in ET.fromstring(beside.svg).findall(f"{SPACE}polyline")]
    assert lines.count("control") == 2
    assert "control" not in alone.svg.replace("aria", "")
    assert "best so far of 2 control runs" in beside.svg


def test_by_cpu_failures_advance_the_axis():
    one = ET.fromstring(draw(0.2, None, None, 0.5, by="cpu").svg)
    (line,) = [p for p in one.findall(f"{SPACE}polyline") if p.attrib["class"] == "best"]
    places = [float(point.split(",")[0]) for point in line.attrib["points"].split()]
    assert places[0] < places[-1]
    assert places[-1] == max(places)


def assert_drawn(values, **options) -> None:
    made = rows(*values)
    drawn = (
        draw(*values, target=0.5, **options),
        tree(made, values, [r["experiment_id"] for r in made], name=EVIL, width=760),
    )
    for one in drawn:
        for element in ET.fromstring(one.svg).iter():
            for text in element.attrib.values():
                assert not re.search(r"\b(nan|inf)\b", text.lower())


@pytest.mark.parametrize(
    "values", [(), (None,), (1.0,), (1.0, 1.0), (0.0, 0.0), (1e-9, 2e-9), (-5e8, 3e8), (1e300, -1e300), (0.1,) * 30]
)
@pytest.mark.parametrize("by", ["rounds", "cpu"])
@pytest.mark.parametrize("width", [760, 360])
def test_odd_histories_are_drawn(values, by, width):
    assert_drawn(values, by=by, width=width)


@pytest.mark.parametrize("first", EXTREMES)
def test_extreme_values_are_drawn(first):
    for second in EXTREMES:
        assert_drawn((first, second))


def test_far_outliers_are_put_on_the_axis_and_counted():
    drawn = draw(-100.0, *(1 + n / 100 for n in range(40)))
    assert drawn.below == 1
    assert "below this axis" in drawn.svg
    assert limits([1.0, 2.0])[2] == 0


def test_an_enlargement_begins_below_the_better_half():
    values = [0.0, 0.5, 0.9, 0.99, 0.995, 0.999, 1.0]
    floor = enlarged(values, [])
    assert 0.9 < floor < 0.99
    assert enlarged([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], []) is None
    assert enlarged([1.0, 1.0], []) is None
    assert enlarged(values, [0.95]) < 0.95  # the control must be seen
    drawn = draw(*values, floor=floor)
    assert drawn.below == 3
    assert "below this axis" not in drawn.svg


def test_ticks_are_round_numbers_within_the_range():
    for low, high in ((0.0, 1.0), (2.1667, 2.636), (-3.0, 4.5), (1e-9, 7e-9), (0, 40)):
        found = ticks(low, high)
        assert 3 <= len(found) <= 7
        assert low <= found[0] + 1e-12
        assert found[-1] <= high + 1e-9 * abs(high)
        assert len(set(labels(found))) == len(found)
    assert ticks(0.0, 1.0) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert ticks(2.0, 2.0) == [2.0]
    assert labels(ticks(-0.2, 0.2, 4)) == ["-0.2", "-0.1", "0.0", "0.1", "0.2"]


def test_corners_are_those_of_the_best_so_far():
    points = [(0, 1.0), (1, None), (2, 0.5), (3, 2.0), (4, 1.5)]
    assert corners(points, 5) == [(0, 1.0), (3, 1.0), (3, 2.0), (5, 2.0)]
    assert corners([(0, None)], 5) == []


def test_a_long_history_stays_a_small_picture_and_says_what_it_left_out():
    drawn = draw(*(float(n % 9973) + n / 50_000 for n in range(50_000)))
    assert drawn.left_out > 1000
    assert 1_000 < marks(ET.fromstring(drawn.svg), "dot") <= 4_000
    assert len(drawn.svg) < 300_000


def test_the_tree_joins_children_to_parents_and_marks_the_line():
    made = rows(0.1, 0.2, 0.3, None)
    made[2]["parents"] = ["aaa111.1"]
    drawn = tree(made, [r["value"] for r in made], ["aaa111.s0", "aaa111.1", "aaa111.2"], name="x", width=760)
    root = ET.fromstring(drawn.svg)
    assert marks(root, "edge") == 2
    (line,) = root.findall(f"{SPACE}polyline")
    assert len(line.attrib["points"].split()) == 3
    assert len(root.findall(f"{SPACE}circle")) == 3


def test_effects_are_bars_on_the_right_side_of_zero():
    root = ET.fromstring(effects_chart([effect(0.5, 0.1), effect(-0.1), effect(None)], name=EVIL, width=760))
    bars = {bar.attrib["class"]: bar for bar in root.findall(f"{SPACE}rect")}
    assert set(bars) == {"bar", "harm"}
    zero = float(root.findall(f"{SPACE}line")[-1].attrib["x1"])
    assert float(bars["bar"].attrib["x"]) == zero
    assert float(bars["harm"].attrib["x"]) < zero
    assert len([p for p in root.findall(f"{SPACE}path") if p.attrib["class"] == "err"]) == 1


def test_a_picture_in_a_file_has_its_looks_and_is_xml():
    svg = standalone(draw(0.2, 0.4, name=EVIL).svg)
    root = ET.fromstring(svg)
    assert root.find(f"{SPACE}style").text == STYLE
    assert "<script" not in svg
