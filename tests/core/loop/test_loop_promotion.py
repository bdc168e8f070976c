from __future__ import annotations

import numpy as np
import pytest
from asi_evolve.domain import PromotionRule
from asi_evolve.loop.promotion import aggregate, promoted, sign_flip_p
from asi_evolve.records import Score


def score(value: float, **metrics: float) -> Score:
    return Score(value, True, metrics=metrics)


def test_a_single_score_is_kept_exactly() -> None:
    only = score(0.1 + 0.2, a=1.0)
    assert aggregate([only]) is only


def test_mean_and_standard_error_over_replicates() -> None:
    combined = aggregate([score(1.0, a=1.0), score(2.0, a=3.0), score(6.0, a=5.0, b=1.0)])
    assert combined.value == pytest.approx(3.0)
    # sd with n - 1 of (1, 2, 6) is sqrt(7); over sqrt(3).
    assert combined.stderr == pytest.approx((7.0 / 3.0) ** 0.5)
    assert combined.metrics == {"a": 3.0}
    assert combined.replicates == 3


def test_one_invalid_replicate_makes_the_whole_invalid() -> None:
    combined = aggregate([score(1.0), Score(None, False, feedback="overlap of 1e-3")])
    assert not combined.valid
    assert combined.value is None
    assert combined.feedback == "overlap of 1e-3"


def test_attested_only_if_every_replicate_is() -> None:
    assert not aggregate([score(1.0), Score(2.0, True, attested=False)]).attested


def test_sign_flip_p_by_hand() -> None:
    # All three differences positive: only the all-plus pattern reaches the mean, 1 of 8.
    assert sign_flip_p(np.array([1.0, 2.0, 3.0])) == pytest.approx(1 / 8)
    # Symmetric: the mean is 0, and all four patterns of (1, -1) but one reach it.
    assert sign_flip_p(np.array([1.0, -1.0])) == pytest.approx(3 / 4)


def test_sign_flip_p_keeps_its_level_under_the_null() -> None:
    rng = np.random.default_rng(0)
    hits = sum(sign_flip_p(rng.normal(size=8)) <= 0.05 for _ in range(400))
    assert 5 <= hits <= 36  # 400 * 0.05 = 20, within four standard deviations


def test_threshold() -> None:
    rule = PromotionRule(test="threshold", level=2.0)
    assert promoted(rule, [score(2.0)])
    assert not promoted(rule, [score(1.999)])


def test_minimum_replicates() -> None:
    assert not promoted(PromotionRule(minimum_replicates=2), [score(1.0)])


def test_paired_needs_a_baseline_on_the_same_seeds() -> None:
    rule = PromotionRule(test="paired", level=0.9)
    better = [score(v) for v in (2.0, 3.0, 4.0, 5.0)]
    assert promoted(rule, better, baseline=(1.0, 2.0, 3.0, 4.0))
    assert not promoted(rule, better)
    assert not promoted(rule, better, baseline=(1.0, 4.0, 3.5, 5.5))


def test_top_share() -> None:
    rule = PromotionRule(top=0.25)
    others = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert promoted(rule, [score(6.5)], stage_values=others)  # second of eight
    assert not promoted(rule, [score(5.5)], stage_values=others)  # third of eight
