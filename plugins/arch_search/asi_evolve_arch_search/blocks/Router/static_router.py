"""One learned share for each path and head, the same at every step.

Cognition: liu-2025-asi-arch
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn


class Router(nn.Module):
    """One learned share for each path and head, the same at every step."""

    def __init__(self, d_model: int, heads: int, count: int) -> None:
        super().__init__()
        first = tunable(1.0, 0.0, 3.0)
        start = torch.zeros(count, heads)
        start[0] = first
        self.logits = nn.Parameter(start)

    def forward(self, x: Tensor, paths: Tensor) -> Tensor:
        return (paths * (torch.softmax(self.logits, dim=0) * len(self.logits))[..., None]).sum(dim=2)
