"""The loss of each token, [P, G, T], to be made small: the only slot through which rewards become gradients."""

from __future__ import annotations

import torch
from asi_evolve import tunable


def clipped_ratio(logp, logp_old, advantages, weights, mask):
    """PPO and GRPO: the ratio, clipped alike on both sides.

    Cognition: schulman-2017-ppo, shao-2024-deepseekmath-grpo
    """
    epsilon = tunable(0.2, low=0.05, high=0.5)
    ratio = torch.exp(logp - logp_old)
    return -weights * torch.minimum(ratio * advantages, ratio.clamp(1.0 - epsilon, 1.0 + epsilon) * advantages)


def clip_higher(logp, logp_old, advantages, weights, mask):
    """DAPO: more room upwards than downwards, so that improbable tokens can grow.

    Cognition: yu-2025-dapo
    """
    low = tunable(0.2, low=0.05, high=0.5)
    high = tunable(0.28, low=0.1, high=1.0)
    ratio = torch.exp(logp - logp_old)
    return -weights * torch.minimum(ratio * advantages, ratio.clamp(1.0 - low, 1.0 + high) * advantages)


def dual_clip(logp, logp_old, advantages, weights, mask):
    """PPO's clip, and a bound from below for negative advantages.

    Cognition: ye-2020-dual-clip
    """
    epsilon = tunable(0.2, low=0.05, high=0.5)
    bound = tunable(3.0, low=1.5, high=10.0)
    ratio = torch.exp(logp - logp_old)
    inner = torch.minimum(ratio * advantages, ratio.clamp(1.0 - epsilon, 1.0 + epsilon) * advantages)
    return -weights * torch.where(advantages < 0.0, torch.maximum(inner, bound * advantages), inner)


def sequence_ratio(logp, logp_old, advantages, weights, mask):
    """GSPO: one ratio for an answer, the geometric mean of those of its tokens, clipped closely.

    Cognition: zheng-2025-gspo
    """
    low = tunable(3e-4, low=1e-4, high=0.2, log=True)
    high = tunable(4e-4, low=1e-4, high=0.2, log=True)
    mean = ((logp - logp_old) * mask).sum(dim=2, keepdim=True) / mask.sum(dim=2, keepdim=True)
    ratio = torch.exp(mean).expand_as(logp)
    return -weights * torch.minimum(ratio * advantages, ratio.clamp(1.0 - low, 1.0 + high) * advantages)


def clipped_weight(logp, logp_old, advantages, weights, mask):
    """CISPO: the clipped ratio is a constant weight, so that every token keeps its gradient.

    Cognition: minimax-2025-cispo
    """
    cap = tunable(1.28, low=1.0, high=5.0)
    ratio = torch.exp(logp - logp_old).detach().clamp(max=cap)
    return -weights * ratio * advantages * logp


def geometric_mean(logp, logp_old, advantages, weights, mask):
    """GMPO: the geometric mean of an answer's clipped ratios.

    Cognition: zhao-2025-gmpo
    """
    width = tunable(0.4, low=0.1, high=1.0)
    difference = logp - logp_old
    sign = torch.sign(advantages)
    clipped = sign * torch.minimum(sign * difference, sign * difference.clamp(-width, width))
    mean = (clipped * mask).sum(dim=2, keepdim=True) / mask.sum(dim=2, keepdim=True)
    return -weights * torch.exp(mean).expand_as(logp) * advantages


def soft_gate(logp, logp_old, advantages, weights, mask):
    """SAPO: a sigmoid in place of the clip, sharper for negative advantages.

    Cognition: gao-2025-sapo
    """
    positive = tunable(1.0, low=0.3, high=5.0, log=True)
    negative = tunable(1.05, low=0.3, high=5.0, log=True)
    temperature = torch.where(advantages > 0.0, positive, negative)
    ratio = torch.exp(logp - logp_old)
    return -weights * 4.0 / temperature * torch.sigmoid(temperature * (ratio - 1.0)) * advantages


def plain_gradient(logp, logp_old, advantages, weights, mask):
    """REINFORCE and GPG: no ratio at all.

    Cognition: williams-1992-reinforce, chu-2025-gpg
    """
    return -weights * advantages * logp


def importance_ratio(logp, logp_old, advantages, weights, mask):
    """The ratio without any clip.

    Cognition: sutton-2000-policy-gradient
    """
    return -weights * torch.exp(logp - logp_old) * advantages


def sign_windows(logp, logp_old, advantages, weights, mask):
    """Pairwise Asymmetric Optimization: the window of the clip depends on the sign of the advantage. Windows are ours.

    Cognition: asi-evolve-2026-pairwise
    """
    up = tunable(0.3, low=0.05, high=1.0)
    down = tunable(0.15, low=0.02, high=0.5)
    ratio = torch.exp(logp - logp_old)
    wide = ratio.clamp(1.0 - up, 1.0 + up)
    narrow = ratio.clamp(1.0 - down, 1.0 + down)
    window = torch.where(advantages > 0.0, wide, narrow)
    return -weights * torch.minimum(ratio * advantages, window * advantages)


def dynamic_radius(logp, logp_old, advantages, weights, mask):
    """Budget-Constrained Dynamic Radius: |ratio x A| can never exceed the budget. Budget and widest radius are ours.

    Cognition: asi-evolve-2026-radius
    """
    budget = tunable(2.5, low=1.0, high=6.0)
    widest = tunable(0.4, low=0.05, high=1.5)
    size = advantages.clamp(-budget, budget)
    radius = torch.log(budget / size.abs().clamp(min=1e-6)).clamp(0.0, widest)
    difference = torch.minimum(torch.maximum(logp - logp_old, -radius), radius)
    return -weights * torch.exp(difference) * size


def squared_penalty(logp, logp_old, advantages, weights, mask):
    """The ratio without a clip, held back by the squared distance to the sampling policy.

    Cognition: xie-2024-simple-policy
    """
    strength = tunable(1.0, low=0.1, high=20.0, log=True)
    ratio = torch.exp(logp - logp_old)
    return -weights * ratio * advantages + strength * (ratio - 1.0) ** 2 * advantages.abs()
