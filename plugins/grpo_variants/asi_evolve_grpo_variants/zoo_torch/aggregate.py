"""One number from the losses of all tokens."""

from __future__ import annotations

from asi_evolve import tunable


def sequence_mean(per_token, mask, lengths, max_length):
    """GRPO: the mean over the tokens of an answer, then over answers. Long answers count as much as short ones.

    Cognition: shao-2024-deepseekmath-grpo
    """
    return ((per_token * mask).sum(dim=2) / lengths).mean()


def token_mean(per_token, mask, lengths, max_length):
    """DAPO: the mean over all tokens of the batch.

    Cognition: yu-2025-dapo
    """
    return (per_token * mask).sum() / mask.sum()


def constant_length(per_token, mask, lengths, max_length):
    """Dr. GRPO: the sum over tokens, divided by a constant, so that length changes nothing.

    Cognition: liu-2025-dr-grpo
    """
    return (per_token * mask).sum(dim=2).mean() / max_length


def sequence_sum(per_token, mask, lengths, max_length):
    """RLOO and REINFORCE: the sum over the tokens of an answer.

    Cognition: ahmadian-2024-rloo
    """
    return (per_token * mask).sum(dim=2).mean()


def power_of_length(per_token, mask, lengths, max_length):
    """The sum over tokens divided by a power of the length: between the sum (0) and the mean (1).

    Cognition: liu-2025-dr-grpo
    """
    power = tunable(0.5, low=0.0, high=1.0)
    return ((per_token * mask).sum(dim=2) / lengths**power).mean() / max_length ** (1.0 - power)
