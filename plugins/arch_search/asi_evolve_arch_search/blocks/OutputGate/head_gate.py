"""RMS norm for each head, and one gate a head.

Cognition: liu-2025-asi-arch
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn


class OutputGate(nn.Module):
    """RMS norm for each head, and one gate a head."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(d_model // heads, eps=1e-5)
        self.out = nn.Linear(d_model, d_model, bias=False)
        self.most = tunable(2.0, 1.0, 4.0)
        self.gate = nn.Linear(d_model, heads)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        opened = self.most * torch.sigmoid(self.gate(x))
        return self.out((self.norm(y) * opened[..., None]).flatten(-2))
