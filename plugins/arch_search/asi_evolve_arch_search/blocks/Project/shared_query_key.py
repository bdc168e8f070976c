"""One matrix for queries and keys, told apart by a scale for each channel.

Cognition: hua-2022-gau
Cost: 0.9
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Project(nn.Module):
    """One matrix for queries and keys, told apart by a scale for each channel."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.shared = nn.Linear(d_model, d_model, bias=False)
        self.values = nn.Linear(d_model, d_model, bias=False)
        self.scale = nn.Parameter(torch.ones(2, d_model))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        shared = self.shared(x)
        return shared * self.scale[0], shared * self.scale[1], self.values(x)
