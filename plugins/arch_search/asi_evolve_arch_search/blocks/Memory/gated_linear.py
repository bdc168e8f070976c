"""Gated linear attention: a decay for each channel of the key, set by the input.

Cognition: yang-2023-gla
Cost: 2.0
"""

from __future__ import annotations

from asi_evolve import tunable
from torch import Tensor, nn
from torch.nn import functional

from asi_evolve_arch_search.kernels import chunkwise


class Memory(nn.Module):
    """Gated linear attention: a decay for each channel of the key, set by the input."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.temperature = tunable(16.0, 4.0, 64.0, log=True)
        rank = max(4, d_model // 8)
        self.forget = nn.Sequential(nn.Linear(d_model, rank, bias=False), nn.Linear(rank, d_model))

    def forward(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        log_decay = functional.logsigmoid(self.forget(x)) / self.temperature
        return chunkwise(q, k, v, log_decay=log_decay.unflatten(-1, q.shape[2:]), chunk=16)[0]
