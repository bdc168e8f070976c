"""Growth and displacement of overlapping circles, compiled by JAX in double precision, all layouts in step.

Cognition: jodrey-tory-1985-close-packing, lubachevsky-stillinger-1990
Cost: 1.2
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
    """Growth and displacement in turn: grow by a factor, then move each overlapping pair apart by its share."""
    steps = tunable(60, 15, 150, log=True)
    fill = tunable(0.98, 0.8, 1.15)
    share = tunable(0.35, 0.15, 0.6)
    evenness = tunable(0.7, 0.0, 1.0)
    # Without this JAX computes in single precision, whatever it is given.
    jax.config.update("jax_enable_x64", True)
    mean = fill * float(np.sqrt(0.85 * width * (2.0 - width) / (np.pi * layouts.shape[1])))
    # evenness = 1 aims at equal circles, 0 keeps the proportions of the radii that came in.
    shape = radii / np.maximum(radii.mean(axis=1, keepdims=True), 1e-9)
    goal = mean * (evenness + (1.0 - evenness) * np.clip(shape, 0.3, 2.0))
    box = jnp.asarray([width, 2.0 - width])
    centers = _push_apart_jax_steps(jnp.asarray(layouts), jnp.asarray(goal), box, share, steps)
    return np.array(centers), goal


@partial(jax.jit, static_argnums=4)
def _push_apart_jax_steps(c: Any, goal: Any, box: Any, share: Any, steps: int) -> Any:
    """``steps`` displacements of c float64[b, n, 2] while the radii grow to ``goal`` float64[b, n]."""
    other = 1.0 - jnp.eye(c.shape[1])

    def step(t: Any, c: Any) -> Any:
        r = goal * (0.5 + 0.5 * jnp.minimum(1.0, 2.0 * (t + 1.0) / steps))
        delta = c[:, :, None, :] - c[:, None, :, :]
        d = jnp.sqrt((delta * delta).sum(axis=-1)) + 1e-12
        overlap = jnp.maximum(r[:, :, None] + r[:, None, :] - d, 0.0) * other
        c = c + share * (delta * (overlap / d)[..., None]).sum(axis=2)
        return jnp.minimum(jnp.maximum(c, r[..., None]), box - r[..., None])

    return jax.lax.fori_loop(0, steps, step, c)
