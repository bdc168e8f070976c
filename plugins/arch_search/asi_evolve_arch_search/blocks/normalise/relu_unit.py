"""Non-negative directions: ReLU, then length 1.

Cognition: qin-2022-cosformer
"""

from __future__ import annotations

from asi_evolve import tunable
from torch import Tensor
from torch.nn import functional


def normalise(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    """Non-negative directions: ReLU, then length 1."""
    floor = tunable(1e-3, 1e-5, 1e-1, log=True)
    q, k = functional.relu(q) + floor, functional.relu(k) + floor
    return functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
