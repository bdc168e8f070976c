"""Positive features: ELU plus one.

Cognition: katharopoulos-2020-linear
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def normalise(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    """Positive features: ELU plus one."""
    return functional.elu(q) + 1.0, functional.elu(k) + 1.0
