"""No look back: SiLU alone.

Cost: 0.9
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class LocalConv(nn.Module):
    """No look back: SiLU alone."""

    def __init__(self, d_model: int) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        return functional.silu(x)
