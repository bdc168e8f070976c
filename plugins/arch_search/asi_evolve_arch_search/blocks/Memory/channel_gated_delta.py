"""The delta rule with a decay for each channel of the key, set by the input.

Cognition: yang-2023-gla, yang-2024-gated-delta
Cost: 2.5
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn
from torch.nn import functional

from asi_evolve_arch_search.kernels import chunkwise


class Memory(nn.Module):
    """The delta rule with a decay for each channel of the key, set by the input."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.temperature = tunable(16.0, 4.0, 64.0, log=True)
        rank = max(4, d_model // 8)
        self.strength = nn.Linear(d_model, heads)
        self.forget = nn.Sequential(nn.Linear(d_model, rank, bias=False), nn.Linear(rank, d_model))

    def forward(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        beta = torch.sigmoid(self.strength(x))
        log_decay = functional.logsigmoid(self.forget(x) + 2.0) / self.temperature
        k = functional.normalize(k, dim=-1)
        return chunkwise(q, k, v, log_decay=log_decay.unflatten(-1, q.shape[2:]), beta=beta, chunk=16)[0]
