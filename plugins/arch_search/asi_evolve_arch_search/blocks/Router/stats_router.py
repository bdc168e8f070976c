"""A softmax over the paths that looks at the input and at how strong each path is now.

Cognition: liu-2025-asi-arch
Cost: 1.15
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Router(nn.Module):
    """A softmax over the paths that looks at the input and at how strong each path is now."""

    def __init__(self, d_model: int, heads: int, count: int) -> None:
        super().__init__()
        self.logits = nn.Linear(d_model, count * heads)
        self.strength = nn.Parameter(torch.zeros(count, heads))

    def forward(self, x: Tensor, paths: Tensor) -> Tensor:
        size = torch.log(paths.pow(2).mean(dim=-1) + 1e-4)
        logits = self.logits(x).view_as(size) + self.strength * size
        return (paths * torch.softmax(logits, dim=2)[..., None]).sum(dim=2)
