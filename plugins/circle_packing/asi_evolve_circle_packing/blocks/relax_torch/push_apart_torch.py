"""Growth and displacement of overlapping circles on PyTorch tensors in double precision, all layouts in step.

Cognition: jodrey-tory-1985-close-packing, lubachevsky-stillinger-1990
Cost: 1.2
"""

from __future__ import annotations

import numpy as np
import torch
from asi_evolve import tunable


def relax(
    layouts: np.ndarray, radii: np.ndarray, width: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Growth and displacement in turn: grow by a factor, then move each overlapping pair apart by its share."""
    steps = tunable(60, 15, 150, log=True)
    fill = tunable(0.98, 0.8, 1.15)
    share = tunable(0.35, 0.15, 0.6)
    evenness = tunable(0.7, 0.0, 1.0)
    n = layouts.shape[1]
    mean = fill * float(np.sqrt(0.85 * width * (2.0 - width) / (np.pi * n)))
    # evenness = 1 aims at equal circles, 0 keeps the proportions of the radii that came in.
    shape = radii / np.maximum(radii.mean(axis=1, keepdims=True), 1e-9)
    goal = torch.as_tensor(mean * (evenness + (1.0 - evenness) * np.clip(shape, 0.3, 2.0)), dtype=torch.float64)
    c = torch.as_tensor(layouts, dtype=torch.float64)
    box = torch.tensor([width, 2.0 - width], dtype=torch.float64)
    other = 1.0 - torch.eye(n, dtype=torch.float64)
    r = goal
    with torch.no_grad():
        for t in range(steps):
            r = goal * (0.5 + 0.5 * min(1.0, 2.0 * (t + 1) / steps))
            delta = c[:, :, None, :] - c[:, None, :, :]
            d = torch.sqrt((delta * delta).sum(dim=-1)) + 1e-12
            overlap = torch.clamp(r[:, :, None] + r[:, None, :] - d, min=0.0) * other
            c = c + share * (delta * (overlap / d)[..., None]).sum(dim=2)
            c = torch.minimum(torch.maximum(c, r[..., None]), box - r[..., None])
    return c.numpy().copy(), r.numpy().copy()
