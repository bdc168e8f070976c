"""Short causal convolution without a nonlinearity.

Cognition: fu-2022-h3
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn

from asi_evolve_arch_search.kernels import causal_conv


class LocalConv(nn.Module):
    """Short causal convolution without a nonlinearity."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        width = tunable(4, 2, 8)
        self.taps = nn.Parameter(torch.randn(d_model, width) * width**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        return causal_conv(x, self.taps)
