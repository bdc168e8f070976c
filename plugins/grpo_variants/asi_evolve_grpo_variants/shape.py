"""Size and initial values of the small policy. No array library but numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from asi_evolve_grpo_variants.tasks import VOCABULARY

#: Added to the mean square in RMSNorm.
EPS = 1e-6


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a causal transformer."""

    width: int = 64
    layers: int = 2
    heads: int = 4
    positions: int = 16
    vocabulary: int = VOCABULARY

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the parameters, in a fixed order."""
        d = self.width
        out: dict[str, tuple[int, ...]] = {"embed": (self.vocabulary, d), "position": (self.positions, d)}
        for layer in range(self.layers):
            out |= {
                f"qkv{layer}": (d, 3 * d),
                f"out{layer}": (d, d),
                f"up{layer}": (d, 4 * d),
                f"down{layer}": (4 * d, d),
            }
        return out

    @property
    def count(self) -> int:
        """Number of parameters."""
        return sum(int(np.prod(shape)) for shape in self.shapes().values())


def initial(shape: Shape, seed: int) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """Normal initial values: variance 1/fan-in, residual outputs scaled down by sqrt(2 layers) as in GPT-2."""
    rng = np.random.default_rng(seed)
    out = {}
    for name, size in shape.shapes().items():
        scale = 0.1 if name in ("embed", "position") else size[0] ** -0.5
        if name.startswith(("out", "down")):
            scale /= (2 * shape.layers) ** 0.5
        out[name] = (scale * rng.standard_normal(size)).astype(np.float32)
    return out
