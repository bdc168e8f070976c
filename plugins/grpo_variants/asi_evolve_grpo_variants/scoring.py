"""The trusted side of a training: from the weights that came back to a score."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from asi_evolve import Score

from asi_evolve_grpo_variants.curves import NAMES
from asi_evolve_grpo_variants.evaluate import measure
from asi_evolve_grpo_variants.regimes import CHECKPOINTS
from asi_evolve_grpo_variants.shape import Shape
from asi_evolve_grpo_variants.tasks import TASKS
from asi_evolve_grpo_variants.warmup import WarmupError, cache_folder


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the scorer knows and the jail does not."""

    task: str
    shape: Shape
    start: Mapping[str, Any]
    seed: int
    """Determines the prompts of the evaluation."""
    count: int


def evaluation_seed(key: str, stage: str, replicate: int, seed: int) -> int:
    """A seed that a candidate cannot work out: it depends on a key that never enters the jail.

    Args:
        key: From the user's settings; empty: one that is drawn once for each installation and kept in the cache folder.
        stage, replicate, seed: Of the job.

    Raises:
        WarmupError: If the key cannot be kept.
    """
    text = f"{key or _own_key()}/{stage}/{replicate}/{seed}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _own_key() -> str:
    path = cache_folder() / "evaluation.key"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{os.getpid()}")
            partial.touch(mode=0o600)
            partial.write_text(os.urandom(16).hex(), encoding="ascii")
            try:
                os.link(partial, path)  # the first of several processes wins
            except FileExistsError:
                pass
            finally:
                partial.unlink()
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise WarmupError(
            f"the evaluation key cannot be kept in {path.parent}: {error.strerror}; set domain.key"
        ) from None


def read_weights(value: Any, shape: Shape) -> dict[str, np.ndarray[Any, Any]] | str:
    """The weights of one checkpoint, or what is wrong with them."""
    wanted = shape.shapes()
    if not isinstance(value, Mapping) or set(value) != set(wanted):
        return "the weights must be a dict with the names of the policy"
    for name, size in wanted.items():
        array = value[name]
        if not isinstance(array, np.ndarray) or array.shape != size or array.dtype != np.float32:
            return f"weight {name} must be float32{list(size)}"
        if not np.isfinite(array).all():
            return f"weight {name} is not finite"
    return dict(value)


def score_training(outputs: Mapping[str, Any], hidden: Hidden) -> Score:
    """The mean success over the checkpoints; what the training tells of itself becomes metrics named ``train_...``."""
    checkpoints = outputs.get("checkpoints")
    if not isinstance(checkpoints, list | tuple) or len(checkpoints) != len(CHECKPOINTS):
        return Score(None, False, feedback=f"the training must hand over {len(CHECKPOINTS)} checkpoints")
    found = []
    for index, value in enumerate(checkpoints):
        weights = read_weights(value, hidden.shape)
        if isinstance(weights, str):
            return Score(None, False, feedback=f"checkpoint {index + 1}: {weights}")
        with np.errstate(all="ignore"):
            found.append(measure(weights, hidden.start, TASKS[hidden.task], hidden.shape, hidden.seed, hidden.count))
    last = found[-1]
    metrics = {f"success_{index}": one.success for index, one in enumerate(found, 1)}
    metrics |= {"reward": last.reward, "entropy": last.entropy, "drift": last.drift, "length": last.length}
    metrics = {name: value for name, value in metrics.items() if np.isfinite(value)} | _told(outputs.get("curves"))
    features = {
        "drift": float(np.nan_to_num(last.drift, nan=0.0)),
        "entropy": float(np.nan_to_num(last.entropy, nan=0.0)),
    }
    value = float(np.mean([one.success for one in found]))
    return Score(value, True, metrics=metrics, features=features, feedback=_words(hidden.task, found, metrics))


def _told(curves: Any) -> dict[str, float]:
    """Means of the training's own curves, where they are plain numbers."""
    if not isinstance(curves, Mapping):
        return {}
    out = {}
    for name in NAMES:
        array = curves.get(name)
        if isinstance(array, np.ndarray) and array.ndim == 1 and array.size and array.dtype == np.float64:
            mean = float(np.mean(array))
            if np.isfinite(mean):
                out[f"train_{name}"] = mean
    diverged = curves.get("diverged")
    if isinstance(diverged, int) and not isinstance(diverged, bool):
        out["train_diverged"] = float(diverged)
    return out


def _words(task: str, found: list[Any], metrics: Mapping[str, float]) -> str:
    course = ", ".join(f"{one.success:.3f}" for one in found)
    text = f"{task}: success {course} at the checkpoints; entropy {found[-1].entropy:.2f} nats a token"
    if found[-1].success < max(one.success for one in found) - 0.1:
        text += "; it fell after a better checkpoint: the updates are too large or not held back"
    if metrics.get("train_diverged"):
        text += f"; a gradient was not finite in rollout {metrics['train_diverged']:.0f}"
    return text
