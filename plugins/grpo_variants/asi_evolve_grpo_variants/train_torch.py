"""Training in PyTorch: the supervised warm start, and reinforcement with a candidate's objective.

The candidate never meets the policy. It is given log-probabilities as leaf tensors and returns a loss; the gradient
with respect to those numbers is taken here and carried on into the weights. So an objective can only be what its name
says: a function of log-probabilities and rewards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np
import torch

from asi_evolve_grpo_variants.curves import Curves
from asi_evolve_grpo_variants.policy_torch import Adam, Params, from_arrays, log_probabilities, sample, to_arrays
from asi_evolve_grpo_variants.regimes import CHECKPOINTS, Regime
from asi_evolve_grpo_variants.shape import Shape, initial
from asi_evolve_grpo_variants.tasks import PAD, TASKS, ended, noisy


def supervise(task: str, shape: Shape, seed: int, *, steps: int, batch: int, rate: float) -> dict[str, np.ndarray]:
    """Weights after supervised steps on corrupted answers; the rate falls to 0 over the last third."""
    from asi_evolve_grpo_variants.warmup import targets

    torch.set_num_threads(1)
    rng = np.random.default_rng([seed, 1])
    params = from_arrays(initial(shape, seed))
    for tensor in params.values():
        tensor.requires_grad_(True)
    optimiser = Adam(params, rate)
    for step in range(steps):
        prompts = TASKS[task].sample(rng, batch)
        wanted = targets(task, prompts, rng)
        logp = log_probabilities(params, torch.tensor(prompts), torch.tensor(wanted), shape)
        due = torch.tensor(wanted != PAD)
        (-(logp * due).sum() / due.sum()).backward()
        optimiser.step(min(1.0, 3.0 * (steps - step) / steps))
    return to_arrays(params)


def broadcast(advantages: Any, mask: torch.Tensor) -> torch.Tensor:
    """Advantages [P, G] or [P, G, T] as a detached float32[P, G, T].

    Raises:
        TypeError, ValueError: For something else than a tensor of one of these shapes.
    """
    if not isinstance(advantages, torch.Tensor):
        raise TypeError(f"advantages() must return a tensor, it returned {type(advantages).__name__}")
    if advantages.shape == mask.shape[:2]:
        advantages = advantages[:, :, None]
    elif advantages.shape != mask.shape:
        raise ValueError(
            f"advantages() must return [P, G] = {tuple(mask.shape[:2])} or [P, G, T] = {tuple(mask.shape)}, "
            f"it returned {tuple(advantages.shape)}"
        )
    return advantages.detach().to(mask.dtype).expand(mask.shape)


def loss_and_gradient(
    candidate: ModuleType,
    logp: torch.Tensor,
    logp_old: torch.Tensor,
    logp_ref: torch.Tensor,
    advantages: torch.Tensor,
    keep: torch.Tensor,
    mask: torch.Tensor,
    lengths: torch.Tensor,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The candidate's loss and its gradient with respect to ``logp``, both detached.

    Args:
        candidate: The module with the slots.
        logp, logp_old, logp_ref: float32[P, G, T].
        advantages: float32[P, G, T].
        keep: bool[P], the groups that count.
        mask: float32[P, G, T], 1 where a token belongs to the answer.
        lengths: float32[P, G].
        generator: For stochastic token weights.

    Raises:
        TypeError, ValueError: If a slot returns something else than its signature says.
    """
    leaf = logp.detach().clone().requires_grad_(True)
    weights = _shaped(
        "token_weights", candidate.token_weights(logp.detach(), logp_old, advantages, mask, generator), mask
    )
    per_token = _shaped("surrogate", candidate.surrogate(leaf, logp_old, advantages, weights.detach(), mask), mask)
    per_token = per_token + _shaped("regularise", candidate.regularise(leaf, logp_ref, mask), mask)
    if not bool(keep.any()):
        return torch.zeros(()), torch.zeros_like(logp)
    loss = candidate.aggregate(per_token[keep], mask[keep], lengths[keep], mask.shape[2])
    if not isinstance(loss, torch.Tensor) or loss.dim() != 0:
        raise ValueError("aggregate() must return a tensor without dimensions")
    if not loss.requires_grad:
        return loss.detach(), torch.zeros_like(logp)
    (gradient,) = torch.autograd.grad(loss, leaf, allow_unused=True)
    return loss.detach(), torch.zeros_like(logp) if gradient is None else gradient * mask


def _shaped(slot: str, value: Any, mask: torch.Tensor) -> torch.Tensor:
    if not isinstance(value, torch.Tensor) or value.shape != mask.shape:
        got = tuple(value.shape) if isinstance(value, torch.Tensor) else type(value).__name__
        raise ValueError(f"{slot}() must return a tensor [P, G, T] = {tuple(mask.shape)}, it returned {got}")
    return value


def kept(candidate: ModuleType, rewards: torch.Tensor) -> torch.Tensor:
    """bool[P] of ``select_groups``."""
    keep = candidate.select_groups(rewards)
    if not isinstance(keep, torch.Tensor) or keep.shape != rewards.shape[:1] or keep.dtype != torch.bool:
        raise ValueError(f"select_groups() must return a boolean tensor [P] = {tuple(rewards.shape[:1])}")
    return keep


def reinforce(
    candidate: ModuleType,
    start: Mapping[str, np.ndarray],
    regime: Regime,
    shape: Shape,
    seed: int,
    checkpoint: Callable[[dict[str, np.ndarray]], None],
) -> Curves:
    """Train from ``start``; ``checkpoint`` is given the weights after each share of :data:`CHECKPOINTS`.

    A gradient that is not finite ends the training: the checkpoints that are left are given the last finite weights.

    Raises:
        TypeError, ValueError: As the slots' wrappers.
    """
    torch.set_num_threads(1)
    task = TASKS[regime.task]
    rng = np.random.default_rng([seed, 2])
    generator = torch.Generator().manual_seed(seed)
    params, reference = from_arrays(start), from_arrays(start)
    for tensor in params.values():
        tensor.requires_grad_(True)
    optimiser = Adam(params, regime.rate)
    curves = Curves()
    due = [max(1, round(share * regime.rollouts)) for share in CHECKPOINTS]
    running = None
    for rollout in range(1, regime.rollouts + 1):
        prompts = task.sample(rng, regime.prompts)
        repeated = torch.tensor(np.repeat(prompts, regime.group, axis=0))
        answers, old = sample(params, repeated, task.answer_length, shape, generator)
        cut, lengths = ended(answers.numpy())
        group = (regime.prompts, regime.group)
        exact = task.grade(repeated.numpy(), cut)
        rewards = torch.tensor(noisy(exact, regime.noise, rng), dtype=torch.float32).view(group)
        mask = torch.tensor(np.arange(answers.shape[1])[None, :] < lengths[:, None], dtype=torch.float32)
        mask = mask.view(*group, -1)
        size = torch.tensor(lengths, dtype=torch.float32).view(group)
        with torch.no_grad():
            ref = log_probabilities(reference, repeated, answers, shape).view_as(mask)
        best, _ = sample(params, torch.tensor(prompts), task.answer_length, shape, None)
        greedy = torch.tensor(task.grade(prompts, ended(best.numpy())[0]), dtype=torch.float32)
        mean = float(rewards.mean())
        running = mean if running is None else 0.9 * running + 0.1 * mean
        statistics = {"mean": mean, "std": float(rewards.std()), "running_mean": running}
        advantage = broadcast(candidate.advantages(rewards, size, greedy, statistics), mask)
        keep = kept(candidate, rewards)
        old = old.view_as(mask)
        norms, finite = [], True
        for _ in range(regime.updates):
            logp = log_probabilities(params, repeated, answers, shape).view_as(mask)
            _, gradient = loss_and_gradient(candidate, logp, old, ref, advantage, keep, mask, size, generator)
            finite = bool(torch.isfinite(gradient).all())
            if not finite:
                break
            logp.backward(gradient)
            norms.append(optimiser.step())
        with torch.no_grad():
            ratio = (log_probabilities(params, repeated, answers, shape).view_as(mask) - old)[mask > 0]
        curves.add(
            reward=float(exact.mean()),
            length=float(size.mean()),
            entropy=float(-(old * mask).sum() / mask.sum()),
            drift=float(((old - ref) * mask).sum() / mask.sum()),
            ratio=float(ratio.abs().mean()),
            norm=float(np.mean(norms)) if norms else 0.0,
        )
        if not finite:
            curves.diverged = rollout
        for _ in range(due.count(rollout) if finite else sum(at >= rollout for at in due)):
            checkpoint(to_arrays(params))
        if not finite:
            break
    return curves


__all__ = ["Params", "broadcast", "kept", "loss_and_gradient", "reinforce", "supervise"]
