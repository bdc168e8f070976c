"""A fixed decay for each head, from slow to fast.

Cognition: sun-2023-retnet
Cost: 0.7
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn

from asi_evolve_arch_search.kernels import chunkwise


class Memory(nn.Module):
    """A fixed decay for each head, from slow to fast."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        fast = tunable(0.1, 0.02, 0.5, log=True)
        slow = tunable(0.005, 0.0005, 0.02, log=True)
        rates = torch.logspace(torch.tensor(slow).log10().item(), torch.tensor(fast).log10().item(), heads)
        self.register_buffer("log_decay", torch.log1p(-rates))

    def forward(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return chunkwise(q, k, v, log_decay=self.log_decay.expand(q.shape[:3]), chunk=64)[0]
