"""Weights of tokens, [P, G, T]; they are taken as constants, no gradient goes through them."""

from __future__ import annotations

import torch
from asi_evolve import tunable


def equal_weights(logp, logp_old, advantages, mask, generator):
    """Every token alike."""
    return torch.ones_like(logp)


def high_impact_dropout(logp, logp_old, advantages, mask, generator):
    """High-Impact Gradient Dropout: of the tokens of largest p |A| some are left out at random. The shares are ours.

    Cognition: asi-evolve-2026-pairwise
    """
    share = tunable(0.2, low=0.02, high=0.6)
    chance = tunable(0.5, low=0.1, high=1.0)
    impact = (torch.exp(logp) * advantages.abs()).masked_fill(mask == 0, -1.0)
    bound = torch.quantile(impact[mask > 0], 1.0 - share)
    dropped = (impact >= bound) & (torch.rand(logp.shape, generator=generator) < chance)
    return torch.where(dropped, 0.0, 1.0)


def covariance_dropout(logp, logp_old, advantages, mask, generator):
    """Clip-Cov: tokens whose log-probability and advantage go together most are left out, to keep the entropy up.

    Cognition: cui-2025-entropy-mechanism
    """
    share = tunable(0.02, low=0.002, high=0.2, log=True)
    inside = mask > 0
    covariance = (logp - logp[inside].mean()) * (advantages - advantages[inside].mean())
    bound = torch.quantile(covariance[inside], 1.0 - share)
    return (covariance < bound).to(logp.dtype)


def uncertain_tokens(logp, logp_old, advantages, mask, generator):
    """Tokens that were sampled with confidence count less: the choice was made elsewhere.

    Cognition: wang-2025-forking-tokens
    """
    power = tunable(0.5, low=0.1, high=2.0)
    return (1.0 - torch.exp(logp_old)).clamp(min=1e-3) ** power


def low_probability_relief(logp, logp_old, advantages, mask, generator):
    """Improbable tokens, whose gradients are the largest, count less.

    Cognition: yang-2025-low-probability
    """
    floor = tunable(0.3, low=0.0, high=1.0)
    return floor + (1.0 - floor) * torch.exp(logp)


def early_tokens(logp, logp_old, advantages, mask, generator):
    """Weights fall from the first token to the last.

    Cognition: kakade-2001-discounting
    """
    keep = tunable(0.9, low=0.5, high=1.0)
    return keep ** torch.arange(logp.shape[2], dtype=logp.dtype).expand_as(logp)


def truncated_importance(logp, logp_old, advantages, mask, generator):
    """The ratio to the sampling policy, cut off above, as a constant weight.

    Cognition: ionides-2008-truncated, espeholt-2018-impala
    """
    return torch.exp(logp - logp_old).clamp(max=tunable(2.0, low=1.0, high=5.0))
