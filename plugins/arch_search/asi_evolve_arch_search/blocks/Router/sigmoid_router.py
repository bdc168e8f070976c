"""Each path opens and closes on its own, never quite shut.

Cognition: liu-2025-asi-arch
Cost: 1.1
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn


class Router(nn.Module):
    """Each path opens and closes on its own, never quite shut."""

    def __init__(self, d_model: int, heads: int, count: int) -> None:
        super().__init__()
        self.floor = tunable(0.02, 0.005, 0.1, log=True)
        self.shape = (count, heads)
        self.logits = nn.Linear(d_model, count * heads)

    def forward(self, x: Tensor, paths: Tensor) -> Tensor:
        opened = torch.sigmoid(self.logits(x).unflatten(-1, self.shape))
        return (paths * (self.floor + (1.0 - self.floor) * opened)[..., None]).sum(dim=2)
