"""The scorer: what counts as a packing, and what the author of a bad one is told."""

from __future__ import annotations

from typing import Any

import asi_evolve as ae
import asi_evolve_circle_packing as plugin
import numpy as np
import pytest
from asi_evolve_circle_packing.declaration import Config, configure
from asi_evolve_circle_packing.problems import Problem, parse_problem
from asi_evolve_circle_packing.scoring import score_packing

FOUR = parse_problem("square-4")
CENTERS = np.array([[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]])
RADII = np.full(4, 0.25)


def spoilt(array: np.ndarray, value: float) -> np.ndarray:
    out = array.copy()
    out.flat[1] = value
    return out


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        (None, "no packing"),
        ({}, "no centers"),
        ({"radii": RADII}, "no centers"),
        ({"result": 4.0}, "pack must return"),
        ({"centers": CENTERS, "radii": spoilt(RADII, np.nan)}, "not finite"),
        ({"centers": spoilt(CENTERS, np.inf), "radii": RADII}, "not finite"),
        ({"centers": spoilt(CENTERS, np.nan), "radii": RADII}, "not finite"),
        ({"centers": CENTERS[:3], "radii": RADII[:3]}, "4 circles"),
        ({"centers": CENTERS[:3], "radii": RADII}, "shape (4, 2)"),
        ({"centers": CENTERS.T, "radii": RADII}, "shape (4, 2)"),
        ({"centers": CENTERS, "radii": RADII[:, None]}, "shape (4,)"),
        ({"centers": CENTERS, "radii": np.append(RADII, 0.1)}, "shape (4,)"),
        ({"centers": CENTERS, "radii": -RADII}, "positive"),
        ({"centers": CENTERS, "radii": spoilt(RADII, 0.0)}, "positive"),
        ({"centers": CENTERS, "radii": RADII * 4}, "positive radius"),
        ({"centers": CENTERS + 5.0, "radii": RADII}, "positive radius"),
        ({"centers": CENTERS, "radii": ["a", "b", "c", "d"]}, "real numbers"),
        ({"centers": CENTERS, "radii": RADII.astype(complex)}, "real numbers"),
        ({"centers": CENTERS, "radii": [0.1, [0.2], {}, None]}, "radii"),
        ({"centers": CENTERS, "radii": [object()] * 4}, "real numbers"),
        ({"centers": CENTERS, "radii": np.array([True] * 4)}, "real numbers"),
        ({"centers": CENTERS, "radii": {"0": 1.0}}, "real numbers"),
        ({"centers": CENTERS, "radii": [10**400, 0.1, 0.1, 0.1]}, "radii"),
    ],
)
def test_circle_bad_data_is_invalid_with_a_reason(outputs: Any, words: str) -> None:
    score = score_packing(outputs, FOUR)
    assert not score.valid
    assert score.value is None
    assert words in score.feedback
    assert "\n" not in score.feedback


def test_circle_good_data_is_certified() -> None:
    score = score_packing({"centers": CENTERS, "radii": RADII}, FOUR, source="x = 1\n", cpu_s=0.1)
    assert score.valid
    assert score.value == 1.0
    assert score.metrics["raw_sum"] == 1.0
    assert score.metrics["loss"] == 0.0
    assert score.metrics["worst_violation"] == 0.0
    assert score.metrics["min_radius"] == 0.25
    assert score.metrics["contacts"] == 8 + 4
    assert score.features["contacts"] == 12
    assert score.features["complexity"] == 4 + 1
    assert score.features["cpu"] == pytest.approx(-1.0)


def test_circle_the_candidates_own_word_is_never_read() -> None:
    honest = score_packing({"centers": CENTERS, "radii": RADII}, FOUR)
    boast = score_packing({"centers": CENTERS, "radii": RADII, "sum": 99.0, "value": 99.0}, FOUR)
    assert boast.value == honest.value


def test_circle_overlap_costs_and_is_explained() -> None:
    score = score_packing({"centers": CENTERS, "radii": RADII + 1e-4}, FOUR)
    assert score.valid
    assert score.value is not None
    assert score.value < 1.0
    assert "overlapped" in score.feedback
    assert score.metrics["loss"] == pytest.approx(8e-4, rel=1e-6)


def test_circle_lists_and_single_precision_are_read_as_they_are() -> None:
    assert score_packing({"centers": CENTERS.tolist(), "radii": RADII.tolist()}, FOUR).value == 1.0
    assert score_packing({"centers": CENTERS.astype("f4"), "radii": RADII.astype("f4")}, FOUR).value == 1.0


def test_circle_rectangle_needs_its_width() -> None:
    problem = Problem("rectangle-3", "rectangle", 3)
    outputs: dict[str, Any] = {"centers": [[0.25, 0.25], [0.25, 0.75], [0.25, 1.25]], "radii": [0.25] * 3}
    assert "no width" in score_packing(outputs, problem).feedback
    assert "one number" in score_packing({**outputs, "width": [0.5, 0.5]}, problem).feedback
    assert "between 0 and 2" in score_packing({**outputs, "width": -1.0}, problem).feedback
    score = score_packing({**outputs, "width": 0.5}, problem)
    assert score.value == 0.75
    assert score.metrics["width"] == 0.5


def test_circle_hooks_pass_the_problem_to_the_scorer() -> None:
    config = Config(problem="square-4")
    context = ae.RunContext(run_id="abc123", domain=configure(config), config=config, backend="numpy")
    public, hidden = plugin.inputs(context, "explore", 0, 0)
    assert public == {"n": 4}
    job = ae.Job("explore", 0, 0, "numpy", ae.Limits())
    execution = ae.Execution(job=job, status="ok", outputs={"centers": CENTERS, "radii": RADII}, cpu_s=1.0)
    candidate = ae.Candidate("abc123.1", {"candidate.py": "x = 1"}, "candidate.py", "numpy")
    score = plugin.score(context, candidate, execution, hidden)
    assert score.value == 1.0
    assert score.features["cpu"] == 0.0
