"""The delta rule with one learned retention for each head, never below a floor.

Cognition: liu-2025-asi-arch
Cost: 1.1
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn
from torch.nn import functional

from asi_evolve_arch_search.kernels import chunkwise


class Memory(nn.Module):
    """The delta rule with one learned retention for each head, never below a floor."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.floor = tunable(0.6, 0.3, 0.95)
        start = tunable(3.0, 1.0, 6.0)
        self.strength = nn.Linear(d_model, heads)
        self.retain = nn.Parameter(torch.full((heads,), start))

    def forward(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        beta = torch.sigmoid(self.strength(x))
        kept = self.floor + (1.0 - self.floor) * torch.sigmoid(self.retain)
        k = functional.normalize(k, dim=-1)
        return chunkwise(q, k, v, log_decay=kept.log().expand(q.shape[:3]), beta=beta, chunk=32)[0]
