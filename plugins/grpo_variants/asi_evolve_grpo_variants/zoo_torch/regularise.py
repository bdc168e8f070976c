"""What is added to each token's loss to stay near the policy that training began with, [P, G, T]."""

from __future__ import annotations

import torch
from asi_evolve import tunable


def no_regulariser(logp, logp_ref, mask):
    """Nothing.

    Cognition: yu-2025-dapo
    """
    return torch.zeros_like(logp)


def divergence_k3(logp, logp_ref, mask):
    """GRPO: the low-variance, never negative estimate of the divergence.

    Cognition: shao-2024-deepseekmath-grpo, schulman-2020-kl
    """
    beta = tunable(0.04, low=0.001, high=0.3, log=True)
    difference = logp_ref - logp
    return beta * (torch.exp(difference) - difference - 1.0)


def divergence_k2(logp, logp_ref, mask):
    """Half the squared difference, whose gradient is that of the divergence.

    Cognition: schulman-2020-kl
    """
    beta = tunable(0.04, low=0.001, high=0.3, log=True)
    return beta * 0.5 * (logp - logp_ref) ** 2


def entropy_bonus(logp, logp_ref, mask):
    """Sampled tokens are made a little less probable in proportion to their log-probability.

    Cognition: williams-peng-1991-entropy
    """
    beta = tunable(0.005, low=0.0005, high=0.05, log=True)
    return beta * logp.detach() * logp


def confidence_ceiling(logp, logp_ref, mask):
    """Only tokens that have become nearly certain are held back.

    Cognition: cui-2025-entropy-mechanism
    """
    beta = tunable(0.02, low=0.002, high=0.2, log=True)
    ceiling = tunable(0.95, low=0.7, high=0.999)
    return beta * torch.relu(torch.exp(logp) - ceiling)
