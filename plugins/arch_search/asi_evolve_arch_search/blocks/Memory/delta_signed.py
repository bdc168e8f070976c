"""The delta rule with strengths up to two: an old value may be turned round, not just replaced.

Cognition: grazzi-2024-negative
Cost: 1.0
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn
from torch.nn import functional

from asi_evolve_arch_search.kernels import chunkwise


class Memory(nn.Module):
    """The delta rule with strengths up to two: an old value may be turned round, not just replaced."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.most = tunable(2.0, 1.1, 2.0)
        self.strength = nn.Linear(d_model, heads)

    def forward(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        beta = self.most * torch.sigmoid(self.strength(x))
        return chunkwise(q, functional.normalize(k, dim=-1), v, beta=beta, chunk=32)[0]
