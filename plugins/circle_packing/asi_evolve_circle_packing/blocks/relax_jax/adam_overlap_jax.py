"""Overlap-penalty relaxation by Adam, compiled by JAX in double precision, all layouts in step.

Cognition: kingma-ba-2014-adam, huang-ye-2011-quasi-physical
Cost: 1.6
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from asi_evolve import tunable


def relax(
    layouts: np.ndarray, radii: np.ndarray, width: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Minimise -sum(r) + penalty * sum(overlap^2) over centers and radii, with a penalty that grows."""
    steps = tunable(80, 20, 200, log=True)
    rate = tunable(0.02, 0.003, 0.06, log=True)
    first = tunable(5.0, 1.0, 30.0, log=True)
    last = tunable(100.0, 30.0, 1000.0, log=True)
    # Without this JAX computes in single precision, whatever it is given.
    jax.config.update("jax_enable_x64", True)
    start = np.maximum(radii, 0.3 * np.sqrt(width * (2.0 - width) / (np.pi * layouts.shape[1])))
    v = np.concatenate([layouts, start[..., None]], axis=2)
    out = np.asarray(
        _adam_overlap_jax_steps(jnp.asarray(v), jnp.asarray([width, 2.0 - width]), rate, first, last, steps)
    )
    return out[..., :2].copy(), np.maximum(out[..., 2], 0.0)


@partial(jax.jit, static_argnums=5)
def _adam_overlap_jax_steps(v: Any, box: Any, rate: Any, first: Any, last: Any, steps: int) -> Any:
    """``steps`` Adam steps on v float64[b, n, 3]; compiled once for each batch shape."""
    other = 1.0 - jnp.eye(v.shape[1])

    def step(t: Any, state: Any) -> Any:
        v, m, s = state
        t = t + 1.0
        penalty = first * (last / first) ** (t / steps)
        c, r = v[..., :2], v[..., 2]
        delta = c[:, :, None, :] - c[:, None, :, :]
        d = jnp.sqrt((delta * delta).sum(axis=-1) + 1e-18)
        overlap = jnp.maximum(r[:, :, None] + r[:, None, :] - d, 0.0) * other
        below = jnp.maximum(r[..., None] - c, 0.0)
        above = jnp.maximum(c + r[..., None] - box, 0.0)
        gc = 2.0 * penalty * (above - below - (delta * (overlap / d)[..., None]).sum(axis=2))
        gr = -1.0 + 2.0 * penalty * (overlap.sum(axis=2) + (below + above).sum(axis=2))
        g = jnp.concatenate([gc, gr[..., None]], axis=2)
        m = 0.9 * m + 0.1 * g
        s = 0.999 * s + 0.001 * g * g
        pace = rate * (1.0 - 0.9 * t / steps)
        v = v - pace * (m / (1.0 - 0.9**t)) / (jnp.sqrt(s / (1.0 - 0.999**t)) + 1e-8)
        return v, m, s

    return jax.lax.fori_loop(0, steps, step, (v, jnp.zeros_like(v), jnp.zeros_like(v)))[0]
