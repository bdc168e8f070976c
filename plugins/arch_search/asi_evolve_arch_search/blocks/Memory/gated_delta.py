"""Gated DeltaNet: the state decays before the delta rule looks at it.

Cognition: yang-2024-gated-delta
Cost: 1.1
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn
from torch.nn import functional

from asi_evolve_arch_search.kernels import chunkwise


class Memory(nn.Module):
    """Gated DeltaNet: the state decays before the delta rule looks at it."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        longest = tunable(8.0, 2.0, 32.0, log=True)
        self.strength = nn.Linear(d_model, heads)
        self.step = nn.Linear(d_model, heads)
        self.log_rate = nn.Parameter(torch.linspace(1.0, longest, heads).log())

    def forward(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        beta = torch.sigmoid(self.strength(x))
        log_decay = -self.log_rate.exp() * functional.softplus(self.step(x) - 4.0)
        k = functional.normalize(k, dim=-1)
        return chunkwise(q, k, v, log_decay=log_decay, beta=beta, chunk=32)[0]
