"""Overlap-penalty relaxation by Adam on PyTorch tensors in double precision, all layouts in step.

Cognition: kingma-ba-2014-adam, huang-ye-2011-quasi-physical
Cost: 1.6
"""

from __future__ import annotations

import numpy as np
import torch
from asi_evolve import tunable


def relax(
    layouts: np.ndarray, radii: np.ndarray, width: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Minimise -sum(r) + penalty * sum(overlap^2) over centers and radii, with a penalty that grows."""
    steps = tunable(80, 20, 200, log=True)
    rate = tunable(0.02, 0.003, 0.06, log=True)
    first = tunable(5.0, 1.0, 30.0, log=True)
    last = tunable(100.0, 30.0, 1000.0, log=True)
    n = layouts.shape[1]
    start = np.maximum(radii, 0.3 * np.sqrt(width * (2.0 - width) / (np.pi * n)))
    v = torch.as_tensor(np.concatenate([layouts, start[..., None]], axis=2), dtype=torch.float64)
    box = torch.tensor([width, 2.0 - width], dtype=torch.float64)
    m, s = torch.zeros_like(v), torch.zeros_like(v)
    other = 1.0 - torch.eye(n, dtype=torch.float64)
    with torch.no_grad():
        for t in range(1, steps + 1):
            penalty = first * (last / first) ** (t / steps)
            c, r = v[..., :2], v[..., 2]
            delta = c[:, :, None, :] - c[:, None, :, :]
            d = torch.sqrt((delta * delta).sum(dim=-1) + 1e-18)
            overlap = torch.clamp(r[:, :, None] + r[:, None, :] - d, min=0.0) * other
            below = torch.clamp(r[..., None] - c, min=0.0)
            above = torch.clamp(c + r[..., None] - box, min=0.0)
            gc = 2.0 * penalty * (above - below - (delta * (overlap / d)[..., None]).sum(dim=2))
            gr = -1.0 + 2.0 * penalty * (overlap.sum(dim=2) + (below + above).sum(dim=2))
            g = torch.cat([gc, gr[..., None]], dim=2)
            m = 0.9 * m + 0.1 * g
            s = 0.999 * s + 0.001 * g * g
            pace = rate * (1.0 - 0.9 * t / steps)
            v = v - pace * (m / (1.0 - 0.9**t)) / (torch.sqrt(s / (1.0 - 0.999**t)) + 1e-8)
    out = v.numpy()
    return out[..., :2].copy(), np.maximum(out[..., 2], 0.0)
