"""Sparse non-negative directions: squared ReLU, then length 1.

Cognition: so-2021-primer
"""

from __future__ import annotations

from asi_evolve import tunable
from torch import Tensor
from torch.nn import functional


def normalise(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    """Sparse non-negative directions: squared ReLU, then length 1."""
    floor = tunable(1e-3, 1e-5, 1e-1, log=True)
    q, k = functional.relu(q) ** 2 + floor, functional.relu(k) ** 2 + floor
    return functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
