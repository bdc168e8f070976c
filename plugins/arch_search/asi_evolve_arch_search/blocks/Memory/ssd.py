"""Mamba-2: a decay for each head that the input sets, and writes scaled by the same step size.

Cognition: dao-2024-mamba2
Cost: 0.7
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn
from torch.nn import functional

from asi_evolve_arch_search.kernels import chunkwise


class Memory(nn.Module):
    """Mamba-2: a decay for each head that the input sets, and writes scaled by the same step size."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        longest = tunable(8.0, 2.0, 32.0, log=True)
        self.step = nn.Linear(d_model, heads)
        self.log_rate = nn.Parameter(torch.linspace(1.0, longest, heads).log())
        self.skip = nn.Parameter(torch.ones(heads))

    def forward(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        step = functional.softplus(self.step(x) - 2.0)
        log_decay = -step * self.log_rate.exp()
        mixed = chunkwise(q, k, v * step[..., None], log_decay=log_decay, chunk=64)[0]
        return mixed + self.skip[:, None] * v
