"""First how much goes to the memory, then how the rest is shared among the other paths.

Cognition: liu-2025-asi-arch, jordan-1994-hme
Cost: 1.15
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn


class Router(nn.Module):
    """First how much goes to the memory, then how the rest is shared among the other paths."""

    def __init__(self, d_model: int, heads: int, count: int) -> None:
        super().__init__()
        first = tunable(1.0, -1.0, 3.0)
        self.others = count - 1
        self.heads = heads
        self.memory = nn.Linear(d_model, heads)
        self.rest = nn.Linear(d_model, max(1, self.others) * heads) if self.others > 1 else None
        with torch.no_grad():
            self.memory.bias.fill_(first)

    def forward(self, x: Tensor, paths: Tensor) -> Tensor:
        share = torch.sigmoid(self.memory(x))[:, :, None, :, None]
        if self.others == 0:
            return (paths * share)[:, :, 0]
        rest = paths[:, :, 1:]
        if self.rest is not None:
            rest = rest * torch.softmax(self.rest(x).unflatten(-1, (self.others, self.heads)), dim=2)[..., None]
        return (paths[:, :, :1] * share).sum(dim=2) + (rest * (1.0 - share)).sum(dim=2)
