"""The memory's output, a short and a long filter of the values.

Cognition: liu-2025-asi-arch, poli-2023-hyena
Cost: 1.4
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn

from asi_evolve_arch_search.kernels import causal_conv


class Paths(nn.Module):
    """The memory's output, a short and a long filter of the values."""

    count = 3

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        width = tunable(5, 2, 9)
        taps = torch.randn(d_model, width) * 0.02
        taps[:, -1] += 1.0
        self.short = nn.Parameter(taps)
        reach = tunable(31, 15, 63)
        taps = torch.randn(d_model, reach) * 0.02
        taps[:, -1] += 1.0
        self.long = nn.Parameter(taps)

    def forward(self, v: Tensor, memory: Tensor) -> Tensor:
        flat = v.flatten(-2)
        near, far = causal_conv(flat, self.short).view_as(v), causal_conv(flat, self.long).view_as(v)
        return torch.stack([memory, near, far], dim=2)
