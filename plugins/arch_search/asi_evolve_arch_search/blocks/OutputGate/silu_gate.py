"""RMS norm for each head, times SiLU of a projection of the input.

Cognition: sun-2023-retnet, yang-2023-gla
Cost: 1.1
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class OutputGate(nn.Module):
    """RMS norm for each head, times SiLU of a projection of the input."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(d_model // heads, eps=1e-5)
        self.out = nn.Linear(d_model, d_model, bias=False)
        self.gate = nn.Linear(d_model, d_model, bias=False)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.out(self.norm(y).flatten(-2) * functional.silu(self.gate(x)))
