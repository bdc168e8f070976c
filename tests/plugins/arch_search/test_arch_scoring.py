"""The value is what the answers say, and bad data have none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from asi_evolve_arch_search.scoring import Answers, accuracy, bits, score_models

HIDDEN = Answers(np.array([3, 1, 2, 0]), np.array([7, 8]), 4, 256)


def outputs(**changes: Any) -> dict[str, Any]:
    recall = np.zeros((4, 4), dtype=np.float32)
    recall[[0, 1, 2, 3], [3, 1, 2, 1]] = 5.0  # the last one is wrong
    return {"recall_logits": recall, "text_logits": np.zeros((2, 256), dtype=np.float32), **changes}


def test_the_value_is_the_mean_of_recall_and_compression() -> None:
    score = score_models(outputs(), HIDDEN, source="x = 1", cpu_s=2.0)
    assert score.valid
    assert score.metrics["recall"] == 0.75
    assert score.metrics["bits_per_byte"] == pytest.approx(8.0)
    assert score.value == pytest.approx(0.375)


def test_logits_are_normalised_here_whatever_their_size() -> None:
    answers = np.array([0, 1])
    logits = np.array([[2.0, 0.0], [0.0, 2.0]])
    mean, _ = bits(logits, answers)
    assert mean == pytest.approx(np.log2(1.0 + np.exp(-2.0)))
    assert bits(logits + 1000.0, answers)[0] == pytest.approx(mean)


def test_a_tie_is_no_recall() -> None:
    assert accuracy(np.zeros((3, 5)), np.array([0, 1, 2])) == 0.0


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ({"recall_logits": None}, "missing"),
        ({"recall_logits": np.zeros((4, 5), dtype=np.float32)}, "shape"),
        ({"text_logits": np.full((2, 256), np.nan, dtype=np.float32)}, "not finite"),
        ({"text_logits": np.zeros((2, 256), dtype=np.int64)}, "real numbers"),
        ({"text_logits": "all right"}, "missing"),
    ],
)
def test_bad_data_are_invalid_and_say_why(bad: dict[str, Any], word: str) -> None:
    score = score_models(outputs(**bad), HIDDEN, source="", cpu_s=0.0)
    assert not score.valid
    assert score.value is None
    assert word in score.feedback


def test_what_the_jail_tells_of_itself_reaches_no_value() -> None:
    plain = score_models(outputs(), HIDDEN, source="", cpu_s=0.0)
    told = outputs(text_sizes={"parameters": 5, "mixer": "many"}, text_losses=np.array([np.nan], dtype=np.float32))
    score = score_models(told, HIDDEN, source="", cpu_s=0.0)
    assert score.value == plain.value
    assert score.metrics["parameters"] == 5.0
    assert "mixer_parameters" not in score.metrics
