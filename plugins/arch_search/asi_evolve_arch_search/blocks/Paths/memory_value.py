"""The memory's output, and the value itself.

Cognition: liu-2025-asi-arch
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Paths(nn.Module):
    """The memory's output, and the value itself."""

    count = 2

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()

    def forward(self, v: Tensor, memory: Tensor) -> Tensor:
        return torch.stack([memory, v], dim=2)
