"""Two writes by the delta rule at each step, so that one step can rotate the state.

Cognition: siems-2025-deltaproduct
Cost: 2.0
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from asi_evolve_arch_search.kernels import chunkwise


class Memory(nn.Module):
    """Two writes by the delta rule at each step, so that one step can rotate the state."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.strength = nn.Linear(d_model, 2 * heads)
        self.second = nn.Linear(d_model, 2 * d_model, bias=False)

    def forward(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        batch, length, heads, width = q.shape
        beta = torch.sigmoid(self.strength(x)).reshape(batch, 2 * length, heads)
        other_k, other_v = self.second(x).unflatten(-1, (2, heads, width)).unbind(2)
        keys = functional.normalize(torch.stack([other_k, k], dim=2).flatten(1, 2), dim=-1)
        values = torch.stack([other_v, v], dim=2).flatten(1, 2)
        queries = torch.stack([q, q], dim=2).flatten(1, 2)
        # Of each pair of steps the second is read.
        return chunkwise(queries, keys, values, beta=beta, chunk=32)[0][:, 1::2]
