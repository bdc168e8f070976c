"""Features that sum to one: a softmax over the channels of a head.

Cognition: shen-2018-efficient
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor


def normalise(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    """Features that sum to one: a softmax over the channels of a head."""
    sharpness = tunable(1.0, 0.3, 4.0, log=True)
    return torch.softmax(q * sharpness, dim=-1), torch.softmax(k * sharpness, dim=-1)
