"""The trusted side: weights are read with suspicion, success is measured on hidden prompts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asi_evolve_grpo_variants.checks import CHECKS
from asi_evolve_grpo_variants.evaluate import log_probabilities, measure, sample
from asi_evolve_grpo_variants.regimes import CHECKPOINTS, CONFIRM, LAPTOP, regime_of
from asi_evolve_grpo_variants.scoring import Hidden, evaluation_seed, score_training
from asi_evolve_grpo_variants.shape import Shape, initial
from asi_evolve_grpo_variants.tasks import TASKS

SHAPE = Shape(width=16, layers=2, heads=2)
START = initial(SHAPE, 0)
HIDDEN = Hidden("modular", SHAPE, START, 5, 256)


def outputs(**changes: Any) -> dict[str, Any]:
    weights = [initial(SHAPE, seed) for seed in range(len(CHECKPOINTS))]
    return {"checkpoints": weights, "curves": {"reward": np.array([0.1, 0.3]), "diverged": 0}, **changes}


def test_sampled_log_probabilities_are_those_of_the_policy() -> None:
    prompts = TASKS["sort"].sample(np.random.default_rng(0), 64)
    answers, logp = sample(START, prompts, 7, SHAPE, np.random.default_rng(1))
    assert np.allclose(logp, log_probabilities(START, prompts, answers, SHAPE), atol=1e-5)


def test_sampling_follows_the_probabilities() -> None:
    prompts = np.repeat(TASKS["modular"].sample(np.random.default_rng(0), 1), 20_000, axis=0)
    answers, _ = sample(START, prompts, 1, SHAPE, np.random.default_rng(1))
    everything = np.arange(SHAPE.vocabulary)[:, None]
    p = np.exp(log_probabilities(START, np.repeat(prompts[:1], SHAPE.vocabulary, axis=0), everything, SHAPE))[:, 0]
    assert p.sum() == pytest.approx(1.0, abs=1e-5)
    assert np.abs(np.bincount(answers[:, 0], minlength=SHAPE.vocabulary) / 20_000 - p).max() < 0.015


def test_a_token_does_not_see_what_follows_it() -> None:
    prompts = TASKS["sort"].sample(np.random.default_rng(0), 8)
    answers = TASKS["sort"].answer(prompts)
    changed = answers.copy()
    changed[:, 4] = (changed[:, 4] + 1) % 10
    one, two = (log_probabilities(START, prompts, each, SHAPE) for each in (answers, changed))
    assert np.allclose(one[:, :4], two[:, :4], atol=1e-6)
    assert not np.allclose(one[:, 5:], two[:, 5:], atol=1e-4)


def test_measuring_repeats_and_counts_the_drift_from_the_start() -> None:
    one, two = (measure(START, START, TASKS["modular"], SHAPE, 3, 300, batch=128) for _ in range(2))
    assert one == two
    assert one.drift == pytest.approx(0.0, abs=1e-5)
    other = measure(initial(SHAPE, 9), START, TASKS["modular"], SHAPE, 3, 300)
    assert other.drift > 0.0


def test_a_training_is_scored_by_its_weights_alone() -> None:
    honest = score_training(outputs(), HIDDEN)
    assert honest.valid
    boast = {
        "reward": np.array([1.0]),
        "success": 1.0,
        "diverged": "no",
        "drift": np.array(["x"]),
        "norm": np.array([np.inf]),
    }
    boasting = score_training(outputs(curves=boast), HIDDEN)
    assert boasting.value == honest.value
    assert boasting.metrics["train_reward"] == 1.0  # told apart by its name
    assert "train_norm" not in boasting.metrics
    assert score_training(outputs(curves=None), HIDDEN).value == honest.value


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"checkpoints": None}, "3 checkpoints"),
        ({"checkpoints": [START]}, "3 checkpoints"),
        ({"checkpoints": [START, START, 3]}, "checkpoint 3: the weights must be a dict"),
        ({"checkpoints": [START, START, {**START, "more": START["embed"]}]}, "names of the policy"),
        ({"checkpoints": [{**START, "embed": START["embed"][:3]}, START, START]}, "checkpoint 1: weight embed"),
        ({"checkpoints": [{**START, "embed": START["embed"].astype(np.float64)}, START, START]}, "must be float32"),
        ({"checkpoints": [{**START, "embed": START["embed"] * np.nan}, START, START]}, "is not finite"),
        ({"checkpoints": [{**START, "embed": "x"}, START, START]}, "must be float32"),
    ],
)
def test_bad_weights_are_named(change: dict[str, Any], words: str) -> None:
    score = score_training(outputs(**change), HIDDEN)
    assert (score.valid, score.value) == (False, None)
    assert words in score.feedback


def test_huge_weights_are_a_bad_policy_and_no_crash() -> None:
    wild = {name: np.full_like(array, 3e38) for name, array in START.items()}
    score = score_training(outputs(checkpoints=[wild] * 3), HIDDEN)
    assert score.value is None or 0.0 <= score.value <= 1.0
    assert all(np.isfinite(value) for value in (*score.metrics.values(), *score.features.values()))


def test_the_prompts_of_the_evaluation_depend_on_a_key_that_stays_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "one"))
    first = evaluation_seed("", "laptop", 0, 7)
    assert evaluation_seed("", "laptop", 0, 7) == first
    assert evaluation_seed("", "laptop", 1, 7) != first
    (kept,) = (tmp_path / "one" / "asi-evolve" / "grpo_variants").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "two"))
    assert evaluation_seed("", "laptop", 0, 7) != first
    assert evaluation_seed("k", "laptop", 0, 7) == evaluation_seed("k", "laptop", 0, 7) != first


def test_confirmation_uses_tasks_that_the_search_has_not_seen() -> None:
    assert not {regime.task for regime in LAPTOP} & {regime.task for regime in CONFIRM}
    assert regime_of("laptop", 3) == LAPTOP[0]


def test_checks_refuse_what_is_not_finite_and_what_has_no_gradient() -> None:
    step, stale = CHECKS
    arrays = step.inputs(np.random.default_rng(0))
    assert np.array_equal(arrays["logp"], arrays["logp_old"])
    good = np.ones(arrays["logp"].shape)
    assert step.judge({"gradient": good, "loss": 0.5}).passed
    assert "no gradient" in step.judge({"gradient": 0.0 * good, "loss": 0.5}).message
    for bad in (
        {"gradient": good * np.nan, "loss": 0.5},
        {"gradient": good, "loss": float("inf")},
        {},
        {"gradient": 1},
    ):
        assert not step.judge(bad).passed
        assert not stale.judge(bad).passed
