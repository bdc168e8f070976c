"""Linear attention: every outer product is added, nothing is forgotten.

Cognition: katharopoulos-2020-linear
Cost: 0.6
"""

from __future__ import annotations

from torch import Tensor, nn

from asi_evolve_arch_search.kernels import chunkwise


class Memory(nn.Module):
    """Linear attention: every outer product is added, nothing is forgotten."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()

    def forward(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return chunkwise(q, k, v, chunk=64)[0]
