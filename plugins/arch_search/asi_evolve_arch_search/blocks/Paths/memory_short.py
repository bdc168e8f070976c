"""The memory's output, and a short filter of the values that starts as the identity.

Cognition: liu-2025-asi-arch
Cost: 1.1
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn

from asi_evolve_arch_search.kernels import causal_conv


class Paths(nn.Module):
    """The memory's output, and a short filter of the values that starts as the identity."""

    count = 2

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        width = tunable(5, 2, 9)
        taps = torch.randn(d_model, width) * 0.02
        taps[:, -1] += 1.0
        self.short = nn.Parameter(taps)

    def forward(self, v: Tensor, memory: Tensor) -> Tensor:
        near = causal_conv(v.flatten(-2), self.short).view_as(v)
        return torch.stack([memory, near], dim=2)
