"""RMS norm for each head, times a sigmoid that goes through a narrow middle.

Cognition: yang-2023-gla
Cost: 1.03
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class OutputGate(nn.Module):
    """RMS norm for each head, times a sigmoid that goes through a narrow middle."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(d_model // heads, eps=1e-5)
        self.out = nn.Linear(d_model, d_model, bias=False)
        rank = max(4, d_model // 8)
        self.gate = nn.Sequential(nn.Linear(d_model, rank, bias=False), nn.Linear(rank, d_model))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.out(self.norm(y).flatten(-2) * torch.sigmoid(self.gate(x)))
