"""A softmax over the paths in which the memory keeps a learned least share.

Cognition: liu-2025-asi-arch
Cost: 1.1
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn


class Router(nn.Module):
    """A softmax over the paths in which the memory keeps a learned least share."""

    def __init__(self, d_model: int, heads: int, count: int) -> None:
        super().__init__()
        self.most = tunable(0.3, 0.05, 0.6)
        self.shape = (count, heads)
        self.logits = nn.Linear(d_model, count * heads)
        self.floor = nn.Parameter(torch.zeros(heads))

    def forward(self, x: Tensor, paths: Tensor) -> Tensor:
        shares = torch.softmax(self.logits(x).unflatten(-1, self.shape), dim=2)
        floor = self.most * torch.sigmoid(self.floor)
        mixed = (paths * (shares * (1.0 - floor))[..., None]).sum(dim=2)
        return mixed + paths[:, :, 0] * floor[:, None]
