"""Each of queries, keys and values sees a learned mixture of the present and the previous row.

Cognition: peng-2023-rwkv
Cost: 1.05
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Project(nn.Module):
    """Each of queries, keys and values sees a learned mixture of the present and the previous row."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.queries = nn.Linear(d_model, d_model, bias=False)
        self.keys = nn.Linear(d_model, d_model, bias=False)
        self.values = nn.Linear(d_model, d_model, bias=False)
        self.share = nn.Parameter(torch.zeros(3, d_model))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        step = functional.pad(x, (0, 0, 1, 0))[:, :-1] - x
        share = torch.sigmoid(self.share)
        mixed = [x + step * share[i] for i in range(3)]
        return self.queries(mixed[0]), self.keys(mixed[1]), self.values(mixed[2])
