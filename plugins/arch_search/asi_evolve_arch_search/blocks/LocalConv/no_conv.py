"""Leaves the projections as they are.

Cost: 0.85
"""

from __future__ import annotations

from torch import Tensor, nn


class LocalConv(nn.Module):
    """Leaves the projections as they are."""

    def __init__(self, d_model: int) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        return x
