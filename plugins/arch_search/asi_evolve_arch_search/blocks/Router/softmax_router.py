"""Shares of the paths by a softmax over what the input says, sharpened for each head.

Cognition: shazeer-2017-moe, liu-2025-asi-arch
Cost: 1.1
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn
from torch.nn import functional


class Router(nn.Module):
    """Shares of the paths by a softmax over what the input says, sharpened for each head."""

    def __init__(self, d_model: int, heads: int, count: int) -> None:
        super().__init__()
        warmth = tunable(1.5, 0.5, 3.0, log=True)
        first = tunable(1.0, 0.0, 3.0)
        self.shape = (count, heads)
        self.logits = nn.Linear(d_model, count * heads)
        self.warmth = nn.Parameter(torch.full((heads,), warmth).expm1().log())
        with torch.no_grad():
            self.logits.bias.zero_()
            self.logits.bias[:heads] = first

    def forward(self, x: Tensor, paths: Tensor) -> Tensor:
        logits = self.logits(x).unflatten(-1, self.shape) * functional.softplus(self.warmth)
        return (paths * torch.softmax(logits, dim=2)[..., None]).sum(dim=2)
