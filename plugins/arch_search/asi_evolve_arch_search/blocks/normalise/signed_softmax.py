"""A softmax over the channels and one over their negatives, scaled to length 1.

Cognition: zhang-2024-hedgehog
Cost: 1.05
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def normalise(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    """A softmax over the channels and one over their negatives, scaled to length 1."""
    half = q.shape[-1] // 2
    out = []
    for x in (q, k):
        both = torch.cat([x[..., :half], -x[..., :half]], dim=-1)
        out.append(functional.normalize(torch.softmax(both, dim=-1), dim=-1))
    return out[0], out[1]
