"""Objectives and training in PyTorch: published formulas, properties of the paper's algorithms, exact repeats."""

from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest
from asi_evolve_grpo_variants.checks import CHECKS
from asi_evolve_grpo_variants.evaluate import log_probabilities as numpy_log_probabilities
from asi_evolve_grpo_variants.programs import OBJECTIVES, SLOTS, blocks, objective
from asi_evolve_grpo_variants.regimes import Regime
from asi_evolve_grpo_variants.shape import Shape, initial
from asi_evolve_grpo_variants.tasks import TASKS

torch = pytest.importorskip("torch", reason="torch is not installed (extra grpo_variants)")

SHAPE = Shape(width=16, layers=2, heads=2)


def module(source: str) -> Any:
    made = types.ModuleType("candidate")
    exec(compile(source, "candidate.py", "exec"), made.__dict__)
    return made


def piece(slot: str, name: str) -> Any:
    (block,) = [block for block in blocks("torch") if (block.slot, block.name) == (slot, name)]
    return getattr(module("\n".join((*block.imports, block.source))), slot)


def advantages(name: str, rewards: Any) -> Any:
    lengths = torch.full_like(rewards, 4.0)
    statistics = {"mean": float(rewards.mean()), "std": float(rewards.std()), "running_mean": float(rewards.mean())}
    return piece("advantages", name)(rewards, lengths, rewards[:, 0], statistics)


def trial(source: str, inputs: dict[str, Any]) -> dict[str, Any]:
    from asi_evolve_grpo_variants.trial_torch import trial

    return trial(module(source), inputs)


@pytest.fixture(scope="module")
def step() -> dict[str, Any]:
    """Numbers of a step in float64, with a policy that has moved a little."""
    arrays = CHECKS[0].inputs(np.random.default_rng(3))
    out = {name: value.astype(np.float64) if name != "statistics" else value for name, value in arrays.items()}
    out["logp"] = np.minimum(out["logp_old"] + 0.15 * np.random.default_rng(4).normal(size=out["logp"].shape), -1e-3)
    return out


def by_hand(step: dict[str, Any], low: float, high: float) -> Any:
    """GRPO's clipped surrogate with group-normalised advantages, in numpy: [P, G, T]."""
    rewards = step["rewards"]
    scale = rewards.std(axis=1, ddof=1, keepdims=True) + 1e-4
    a = ((rewards - rewards.mean(axis=1, keepdims=True)) / scale)[..., None]
    ratio = np.exp(step["logp"] - step["logp_old"])
    return -np.minimum(ratio * a, np.clip(ratio, 1 - low, 1 + high) * a)


def test_grpo_is_the_published_formula(step: dict[str, Any]) -> None:
    per_token, mask = by_hand(step, 0.2, 0.2), step["mask"]
    wanted = ((per_token * mask).sum(axis=2) / step["lengths"]).mean()
    assert trial(objective("grpo", "torch"), step)["loss"] == pytest.approx(wanted, rel=1e-12)
    difference = step["logp_ref"] - step["logp"]
    penalty = 0.04 * (np.exp(difference) - difference - 1.0)
    wanted = (((per_token + penalty) * mask).sum(axis=2) / step["lengths"]).mean()
    assert trial(objective("grpo_kl", "torch"), step)["loss"] == pytest.approx(wanted, rel=1e-12)


def test_dapo_drops_silent_groups_and_averages_over_tokens(step: dict[str, Any]) -> None:
    telling = step["rewards"].std(axis=1) > 0
    assert not telling.all()
    per_token, mask = by_hand(step, 0.2, 0.28)[telling], step["mask"][telling]
    result = trial(objective("dapo", "torch"), step)
    assert result["kept"] == telling.sum()
    assert result["loss"] == pytest.approx((per_token * mask).sum() / mask.sum(), rel=1e-12)
    assert not result["gradient"][~telling].any()


def test_cispo_keeps_the_gradient_of_clipped_tokens(step: dict[str, Any]) -> None:
    far = {**step, "logp": np.minimum(step["logp_old"] + 0.6, -1e-3)}
    up = np.asarray(by_hand(far, 0.2, 0.2) < 0) & (far["mask"] > 0) & (far["logp"] - far["logp_old"] > 0.3)
    assert up.any()
    assert not trial(objective("grpo", "torch"), far)["gradient"][up].any()
    assert trial(objective("cispo", "torch"), far)["gradient"][up].all()


def test_on_policy_every_published_objective_pushes_the_better_answers_up(step: dict[str, Any]) -> None:
    near = {**step, "logp": step["logp_old"]}
    better = (step["rewards"] - step["rewards"].mean(axis=1, keepdims=True))[..., None] * step["mask"]
    for name in OBJECTIVES:
        gradient = trial(objective(name, "torch"), near)["gradient"]
        assert (gradient * better).sum() < 0.0, name


def test_gradients_are_those_of_finite_differences(step: dict[str, Any]) -> None:
    for name in ("grpo_kl", "gspo", "gmpo", "sapo", "dual_clip", "dynamic_radius"):
        source = objective(name, "torch")
        gradient = trial(source, step)["gradient"]
        place = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
        ends = []
        for sign in (1, -1):
            logp = step["logp"].copy()
            logp[place] += sign * 1e-6
            ends.append(trial(source, {**step, "logp": logp})["loss"])
        assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4), name


@pytest.mark.parametrize("slot", [slot.name for slot in SLOTS])
def test_every_block_in_place_of_grpo_s_passes_the_checks(slot: str) -> None:
    plain = {block.slot: block for block in blocks("torch") if block.name in OBJECTIVES["grpo"]}
    for block in blocks("torch"):
        if block.slot != slot:
            continue
        parts = [{**plain, slot: block}[name.name] for name in SLOTS]
        imports = sorted({line for part in parts for line in part.imports})
        source = "\n".join([*imports, *(part.source for part in parts)])
        for check in CHECKS:
            verdict = check.judge(trial(source, check.inputs(np.random.default_rng(0))))
            assert verdict.passed, f"{block.name}: {verdict.message}"


# The paper's algorithms


def test_pairwise_advantages_sum_to_zero_and_stay_below_one() -> None:
    rewards = torch.rand(20, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = advantages("pairwise_tanh", rewards)
    assert torch.allclose(found.sum(dim=1), torch.zeros(20, dtype=torch.float64), atol=1e-12)
    assert float(found.abs().max()) < 1.0
    assert not advantages("pairwise_tanh", torch.ones(3, 8)).any()


def test_pairwise_advantages_on_zero_and_one_are_those_of_rloo_scaled() -> None:
    rewards = (torch.rand(20, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) < 0.4).double()
    scale = np.tanh(1.0 / 0.5)  # the temperature of the block
    assert torch.allclose(advantages("pairwise_tanh", rewards), scale * advantages("leave_one_out", rewards))


def test_dynamic_radius_never_exceeds_its_budget() -> None:
    generator = torch.Generator().manual_seed(2)
    size = (40, 8, 5)
    old = -3.0 * torch.rand(size, dtype=torch.float64, generator=generator)
    logp = old + 20.0 * torch.randn(size, dtype=torch.float64, generator=generator)
    wild = 10.0 * torch.randn(size, dtype=torch.float64, generator=generator)
    loss = piece("surrogate", "dynamic_radius")(logp, old, wild, torch.ones(size), torch.ones(size))
    assert float(loss.abs().max()) <= 2.5 + 1e-9
    # PPO's clip has no such bound where the advantage is negative.
    assert float(piece("surrogate", "clipped_ratio")(logp, old, wild, torch.ones(size), torch.ones(size)).max()) > 1e6


def test_percentile_advantages_have_a_floor_for_their_spread() -> None:
    rewards = torch.zeros(2, 8)
    rewards[0, 0] = 1.0
    found = advantages("percentile_scaled", rewards)
    assert torch.isfinite(found).all()
    assert float(found.abs().max()) <= 2.5
    assert not found[1].any()


def test_rloo_is_the_mean_of_the_others() -> None:
    rewards = torch.tensor([[1.0, 0.0, 0.5, 0.25]])
    others = torch.tensor([[0.25, 1.75 / 3, 1.25 / 3, 0.5]])
    assert torch.allclose(advantages("leave_one_out", rewards), rewards - others)


# Policy and training


def test_the_two_policies_are_one() -> None:
    from asi_evolve_grpo_variants.policy_torch import from_arrays, log_probabilities, sample

    weights = initial(SHAPE, 1)
    prompts = TASKS["distinct"].sample(np.random.default_rng(0), 32)
    answers = TASKS["distinct"].answer(prompts)
    params = from_arrays(weights)
    mine = log_probabilities(params, torch.tensor(prompts), torch.tensor(answers), SHAPE).numpy()
    assert np.allclose(mine, numpy_log_probabilities(weights, prompts, answers, SHAPE), atol=2e-5)
    drawn, logp = sample(params, torch.tensor(prompts), 7, SHAPE, torch.Generator().manual_seed(0))
    assert torch.allclose(logp, log_probabilities(params, torch.tensor(prompts), drawn, SHAPE), atol=2e-5)
    _, best = sample(params, torch.tensor(prompts), 7, SHAPE, None)
    assert float(best[:, 0].mean()) >= float(logp[:, 0].mean())


def train(source: str, seed: int = 0, **changes: Any) -> tuple[list[dict[str, Any]], Any]:
    from asi_evolve_grpo_variants.train_torch import reinforce

    regime = Regime("distinct", **{"rollouts": 3, "updates": 2, "rate": 1e-3, "prompts": 4, "group": 4, **changes})
    weights: list[dict[str, Any]] = []
    curves = reinforce(module(source), initial(SHAPE, 1), regime, SHAPE, seed, weights.append)
    return weights, curves


def test_training_repeats_and_moves_the_weights() -> None:
    source = objective("pairwise_asymmetric", "torch")
    (one, curves), (two, _), (other, _) = train(source), train(source), train(source, seed=1)
    assert len(one) == 3
    assert len(curves.to_data()["reward"]) == 3
    for a, b in zip(one, two, strict=True):
        assert all(np.array_equal(a[name], b[name]) for name in a)
    assert any(not np.array_equal(one[2][name], other[2][name]) for name in one[2])


def test_a_gradient_that_is_not_finite_ends_the_training_with_the_last_good_weights() -> None:
    broken = objective("grpo", "torch").replace(
        "    return -weights", "    advantages = advantages / 0.0\n    return -weights"
    )
    weights, curves = train(broken)
    assert curves.diverged == 1
    assert len(weights) == 3
    assert all(np.array_equal(weights[2][name], array) for name, array in initial(SHAPE, 1).items())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "    return -weights",
            "    return logp.sum()\n    return -weights",
            r"surrogate\(\) must return a tensor \[P, G, T\]",
        ),
        ("torch.ones(rewards.shape[0], dtype=torch.bool)", "torch.ones(rewards.shape[0])", r"select_groups\(\) must"),
        (
            "    return centered /",
            "    return centered[:, 0]\n    return centered /",
            r"advantages\(\) must return \[P, G\]",
        ),
        (".sum(dim=2) / lengths).mean()", ".sum(dim=2) / lengths)", r"aggregate\(\) must return a tensor without"),
        ("return torch.zeros_like(logp)", "return 0.0", r"regularise\(\) must return"),
    ],
)
def test_a_wrong_shape_names_the_slot(old: str, new: str, words: str) -> None:
    source = objective("grpo", "torch")
    assert old in source
    with pytest.raises((ValueError, TypeError), match=words):
        train(source.replace(old, new))


def test_the_objective_meets_no_policy() -> None:
    """What it is given leads to no weights: log-probabilities are leaves of the graph."""
    source = objective("grpo", "torch").replace(
        "    epsilon =", "    assert logp.is_leaf and logp.grad_fn is None and logp_old.grad_fn is None\n    epsilon ="
    )
    assert "is_leaf" in source
    train(source)


@pytest.mark.slow
def test_grpo_learns_where_it_should(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the real warm start, on the real schedule: success rises well above the start."""
    from asi_evolve_grpo_variants.evaluate import measure
    from asi_evolve_grpo_variants.train_torch import reinforce
    from asi_evolve_grpo_variants.warmup import warm_start

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shape, regime = Shape(), Regime("sort", rollouts=24, updates=2, rate=3e-4)
    start = warm_start("sort", shape, "torch")
    weights: list[dict[str, Any]] = []
    reinforce(module(objective("grpo", "torch")), start, regime, shape, 0, weights.append)
    before, after = (measure(each, start, TASKS["sort"], shape, 1, 1024).success for each in (start, weights[-1]))
    assert 0.15 < before < 0.45
    assert after > 2 * before
