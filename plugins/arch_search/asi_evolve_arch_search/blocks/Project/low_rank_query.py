"""Queries through a narrow middle; keys and values by full matrices.

Cognition: deepseek-2024-mla
Cost: 0.95
"""

from __future__ import annotations

from asi_evolve import tunable
from torch import Tensor, nn


class Project(nn.Module):
    """Queries through a narrow middle; keys and values by full matrices."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        share = tunable(0.25, 0.1, 0.5)
        rank = max(4, round(share * d_model))
        self.queries = nn.Sequential(nn.Linear(d_model, rank, bias=False), nn.Linear(rank, d_model, bias=False))
        self.keys = nn.Linear(d_model, d_model, bias=False)
        self.values = nn.Linear(d_model, d_model, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.queries(x), self.keys(x), self.values(x)
