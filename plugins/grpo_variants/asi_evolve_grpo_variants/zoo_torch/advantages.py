"""Advantages: how much better an answer was than expected. [P, G], or [P, G, T] for each token."""

from __future__ import annotations

import torch
from asi_evolve import tunable


def group_normalised(rewards, lengths, greedy_rewards, statistics):
    """GRPO: centered and divided by the standard deviation of the group.

    Cognition: shao-2024-deepseekmath-grpo
    """
    centered = rewards - rewards.mean(dim=1, keepdim=True)
    return centered / (rewards.std(dim=1, keepdim=True) + 1e-4)


def group_centered(rewards, lengths, greedy_rewards, statistics):
    """Dr. GRPO: centered only, so that groups of nearly equal answers are not blown up.

    Cognition: liu-2025-dr-grpo
    """
    return rewards - rewards.mean(dim=1, keepdim=True)


def leave_one_out(rewards, lengths, greedy_rewards, statistics):
    """RLOO: the mean of the other answers is the baseline.

    Cognition: ahmadian-2024-rloo, kool-2019-buy-4
    """
    count = rewards.shape[1]
    return (rewards - rewards.mean(dim=1, keepdim=True)) * (count / (count - 1))


def batch_whitened(rewards, lengths, greedy_rewards, statistics):
    """REINFORCE++: centered and scaled over the whole batch, each answer weighted by its tokens.

    Cognition: hu-2025-reinforce-pp
    """
    total = lengths.sum()
    mean = (rewards * lengths).sum() / total
    variance = ((rewards - mean) ** 2 * lengths).sum() / total
    return (rewards - mean) / (variance.sqrt() + 1e-4)


def group_centered_batch_scaled(rewards, lengths, greedy_rewards, statistics):
    """Centered in the group, scaled over the batch: one scale for all prompts.

    Cognition: hu-2025-reinforce-pp, liu-2025-dr-grpo
    """
    centered = rewards - rewards.mean(dim=1, keepdim=True)
    return centered / (centered.std() + 1e-4)


def gpg_rescaled(rewards, lengths, greedy_rewards, statistics):
    """GPG: centered, then scaled up by the share of groups that say anything.

    Cognition: chu-2025-gpg
    """
    centered = rewards - rewards.mean(dim=1, keepdim=True)
    telling = (rewards.std(dim=1) > 1e-6).float().mean()
    return centered / telling.clamp(min=1.0 / rewards.shape[0])


def greedy_baseline(rewards, lengths, greedy_rewards, statistics):
    """ReMax: the reward of the greedy answer is the baseline.

    Cognition: li-2023-remax
    """
    return rewards - greedy_rewards[:, None]


def length_weighted_baseline(rewards, lengths, greedy_rewards, statistics):
    """OPO: the baseline of least variance if a gradient's size goes with the length of its answer.

    Cognition: hao-2025-opo
    """
    baseline = (rewards * lengths).sum(dim=1, keepdim=True) / lengths.sum(dim=1, keepdim=True)
    return rewards - baseline


def pairwise_tanh(rewards, lengths, greedy_rewards, statistics):
    """Pairwise Asymmetric Optimization: mean of tanh of the differences to the other answers. The temperature is ours.

    Cognition: asi-evolve-2026-pairwise
    """
    temperature = tunable(0.5, low=0.05, high=3.0, log=True)
    difference = torch.tanh((rewards[:, :, None] - rewards[:, None, :]) / temperature)
    return difference.sum(dim=2) / (rewards.shape[1] - 1)


def percentile_scaled(rewards, lengths, greedy_rewards, statistics):
    """Budget-Constrained Dynamic Radius: distance to the median in units of a range of percentiles. Choices are ours.

    Cognition: asi-evolve-2026-radius
    """
    floor = tunable(0.2, low=0.05, high=1.0, log=True)
    cap = tunable(2.5, low=1.0, high=5.0)
    points = torch.tensor([0.1, 0.5, 0.9], dtype=rewards.dtype)
    low, middle, high = torch.quantile(rewards, points, dim=1)
    scaled = (rewards - middle[:, None]) / (high - low).clamp(min=floor)[:, None]
    return scaled.clamp(-cap, cap)


def running_baseline(rewards, lengths, greedy_rewards, statistics):
    """REINFORCE with a running mean of all rewards as the baseline.

    Cognition: williams-1992-reinforce
    """
    return rewards - statistics["running_mean"]


def shrunk_baseline(rewards, lengths, greedy_rewards, statistics):
    """A baseline between the mean of the group and that of the batch, as a small group's mean is uncertain.

    Cognition: greensmith-2004-variance
    """
    share = tunable(0.7, low=0.0, high=1.0)
    return rewards - (share * rewards.mean(dim=1, keepdim=True) + (1.0 - share) * rewards.mean())


def ranked(rewards, lengths, greedy_rewards, statistics):
    """The rank of an answer in its group, from -1 to 1; equal rewards share their rank.

    Cognition: salimans-2017-evolution-strategies
    """
    above = (rewards[:, :, None] > rewards[:, None, :]).float().sum(dim=2)
    below = (rewards[:, :, None] < rewards[:, None, :]).float().sum(dim=2)
    return (above - below) / (rewards.shape[1] - 1)


def power_of_deviation(rewards, lengths, greedy_rewards, statistics):
    """Centered and divided by a power of the group's deviation: between Dr. GRPO (0) and GRPO (1).

    Cognition: liu-2025-dr-grpo, shao-2024-deepseekmath-grpo
    """
    power = tunable(0.5, low=0.0, high=1.0)
    centered = rewards - rewards.mean(dim=1, keepdim=True)
    return centered / (rewards.std(dim=1, keepdim=True) + 1e-2) ** power


def asymmetric_sign(rewards, lengths, greedy_rewards, statistics):
    """Centered; what was worse than expected counts less than what was better.

    Cognition: arnal-2025-asymmetric
    """
    below = tunable(0.5, low=0.0, high=1.5)
    centered = rewards - rewards.mean(dim=1, keepdim=True)
    return torch.where(centered < 0.0, below * centered, centered)
