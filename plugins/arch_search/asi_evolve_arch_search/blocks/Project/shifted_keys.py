"""Keys come from the previous row too: a key next to its value binds the two.

Cognition: fu-2022-h3, olsson-2022-induction
Cost: 1.02
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Project(nn.Module):
    """Keys come from the previous row too: a key next to its value binds the two."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.queries = nn.Linear(d_model, d_model, bias=False)
        self.keys = nn.Linear(d_model, d_model, bias=False)
        self.values = nn.Linear(d_model, d_model, bias=False)
        self.mix = nn.Parameter(torch.tensor([0.5, 0.5]).repeat(d_model, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        previous = functional.pad(x, (0, 0, 1, 0))[:, :-1]
        return self.queries(x), self.keys(x * self.mix[:, 0] + previous * self.mix[:, 1]), self.values(x)
