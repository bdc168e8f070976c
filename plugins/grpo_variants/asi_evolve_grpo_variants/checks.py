"""Quick executed checks of an objective, on made-up numbers; the trusted side judges what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from asi_evolve import Check, Limits, Verdict

_SIZE = (4, 6, 5)
_LIMITS = Limits(wall_s=60.0, cpu_s=10.0, memory_mb=2048)


def _arrays(rng: np.random.Generator, away: float) -> dict[str, Any]:
    """Numbers of one step; ``away``: standard deviation of log p - log p_old."""
    prompts, group, width = _SIZE
    lengths = rng.integers(1, width + 1, size=(prompts, group))
    rewards = rng.integers(0, 3, size=(prompts, group)) / 2.0
    rewards[0] = 1.0  # one group says nothing
    rewards[1, :2] = (0.0, 1.0)
    old = -np.abs(rng.normal(1.0, 0.5, size=_SIZE)) - 0.01
    logp = np.minimum(old + away * rng.normal(size=_SIZE), -1e-3)
    arrays = {
        "rewards": rewards,
        "lengths": lengths.astype(np.float64),
        "greedy": rng.integers(0, 2, size=prompts).astype(np.float64),
        "logp": logp,
        "logp_old": old,
        "logp_ref": np.minimum(old + 0.1 * rng.normal(size=_SIZE), -1e-3),
        "mask": (np.arange(width) < lengths[..., None]).astype(np.float64),
    }
    out: dict[str, Any] = {name: array.astype(np.float32) for name, array in arrays.items()}
    mean = float(rewards.mean())
    return out | {"statistics": {"mean": mean, "std": float(rewards.std()), "running_mean": mean}}


def _gradient(outputs: Mapping[str, Any]) -> np.ndarray[Any, Any] | None:
    gradient, loss = outputs.get("gradient"), outputs.get("loss")
    if not isinstance(gradient, np.ndarray) or gradient.shape != _SIZE or not isinstance(loss, float):
        return None
    return gradient if np.isfinite(gradient).all() and np.isfinite(loss) else None


def _judge_step(outputs: Mapping[str, Any]) -> Verdict:
    gradient = _gradient(outputs)
    if gradient is None:
        return Verdict("step", False, "loss or gradient is not finite on ordinary numbers")
    size = float(np.abs(gradient).sum())
    if size == 0.0:
        return Verdict("step", False, "no gradient: the loss does not depend on logp where rewards differ")
    return Verdict("step", True, f"sum of |gradient| {size:.3g}")


def _judge_stale(outputs: Mapping[str, Any]) -> Verdict:
    if _gradient(outputs) is None:
        return Verdict("stale", False, "loss or gradient is not finite when the policy has moved by 3 nats a token")
    return Verdict("stale", True)


CHECKS: tuple[Check, ...] = (
    Check("step", lambda rng: _arrays(rng, 0.0), _judge_step, limits=_LIMITS),
    Check("stale", lambda rng: _arrays(rng, 3.0), _judge_stale, limits=_LIMITS),
)
