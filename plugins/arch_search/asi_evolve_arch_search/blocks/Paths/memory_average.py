"""The memory's output, and a running mean of the values that forgets slowly.

Cognition: ma-2022-mega
Cost: 1.2
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn

from asi_evolve_arch_search.kernels import chunkwise


class Paths(nn.Module):
    """The memory's output, and a running mean of the values that forgets slowly."""

    count = 2

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.keep = tunable(0.9, 0.5, 0.99)

    def forward(self, v: Tensor, memory: Tensor) -> Tensor:
        rate = v.new_tensor(self.keep).log().expand(v.shape[:3])
        one = torch.ones_like(v[..., :1])
        mean = chunkwise(one, one * (1.0 - self.keep), v, log_decay=rate, chunk=64)[0]
        return torch.stack([memory, mean], dim=2)
