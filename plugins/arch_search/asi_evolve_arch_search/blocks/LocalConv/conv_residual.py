"""The projection plus a short causal convolution that starts small, then SiLU.

Cognition: gu-2023-mamba
Cost: 1.0
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn
from torch.nn import functional

from asi_evolve_arch_search.kernels import causal_conv


class LocalConv(nn.Module):
    """The projection plus a short causal convolution that starts small, then SiLU."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        width = tunable(4, 2, 8)
        start = tunable(0.1, 0.01, 0.5, log=True)
        self.taps = nn.Parameter(torch.randn(d_model, width) * start)

    def forward(self, x: Tensor) -> Tensor:
        return functional.silu(x + causal_conv(x, self.taps))
