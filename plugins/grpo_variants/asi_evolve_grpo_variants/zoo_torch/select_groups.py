"""Groups that a loss is made of: bool[P]."""

from __future__ import annotations

import torch
from asi_evolve import tunable


def all_groups(rewards):
    """Every group."""
    return torch.ones(rewards.shape[0], dtype=torch.bool)


def telling_groups(rewards):
    """DAPO: only groups whose answers were rewarded differently.

    Cognition: yu-2025-dapo
    """
    return rewards.std(dim=1) > 1e-6


def undecided_groups(rewards):
    """Groups that are neither nearly always right nor nearly never.

    Cognition: florensa-2018-goals
    """
    margin = tunable(0.1, low=0.01, high=0.4)
    mean = rewards.mean(dim=1)
    return (mean > margin) & (mean < 1.0 - margin)


def not_yet_solved(rewards):
    """Groups whose mean reward is below a bound: what is mastered is left alone.

    Cognition: florensa-2018-goals
    """
    return rewards.mean(dim=1) < tunable(0.95, low=0.6, high=1.0)
