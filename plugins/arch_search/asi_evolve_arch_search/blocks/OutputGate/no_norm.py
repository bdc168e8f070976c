"""The output matrix alone.

Cost: 0.97
"""

from __future__ import annotations

from torch import Tensor, nn


class OutputGate(nn.Module):
    """The output matrix alone."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.out = nn.Linear(d_model, d_model, bias=False)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.out(y.flatten(-2))
