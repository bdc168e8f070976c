"""The policy that every training starts from: supervised on corrupted answers, made once and kept.

Half-right targets leave room for reinforcement: a policy that never succeeds learns nothing from rewards, and one that
always does has nothing left to learn. Weights are kept in the user's cache folder under a hash of everything that
determines them. They are made in a process of their own, so that the run's process never loads PyTorch or JAX.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from asi_evolve import AsiEvolveError

from asi_evolve_grpo_variants.shape import Shape
from asi_evolve_grpo_variants.tasks import CLOSE, EOS, PAD, TASKS, Ints

#: Share of target tokens that is replaced by a random one.
CORRUPTION = {"sort": 0.2, "modular": 0.5, "countdown": 0.4, "rewrite": 0.25, "brackets": 0.5, "distinct": 0.25}
STEPS, BATCH, RATE = 400, 128, 2e-3
_RECIPE = 1
_lock = threading.Lock()


class WarmupError(AsiEvolveError):
    """The warm start could not be made."""


def cache_folder() -> Path:
    """Where warm starts are kept: ``$XDG_CACHE_HOME/asi-evolve/grpo_variants``, or below ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "asi-evolve" / "grpo_variants"


def warm_start(task: str, shape: Shape, backend: str, seed: int = 0) -> Mapping[str, np.ndarray[Any, Any]]:
    """The weights for a task, float32 arrays; from the cache, or made now (5 to 10 CPU seconds).

    Raises:
        WarmupError: If the process that makes them fails, or the cache cannot be written.
    """
    recipe = {
        "recipe": _RECIPE,
        "task": task,
        "shape": [shape.width, shape.layers, shape.heads, shape.positions, shape.vocabulary],
        "backend": backend,
        "seed": seed,
        "corruption": CORRUPTION[task],
        "steps": [STEPS, BATCH, RATE],
    }
    digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:24]
    path = cache_folder() / f"{task}-{digest}.npz"
    with _lock:
        if not path.exists():
            _make(path, recipe)
        try:
            with np.load(path, allow_pickle=False) as data:
                return {name: data[name] for name in shape.shapes()}
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise WarmupError(
                f"the kept warm start {path} cannot be read ({error}); delete it and start again"
            ) from None


def _make(path: Path, recipe: Mapping[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial.npz")
        os.close(handle)
    except OSError as error:
        raise WarmupError(
            f"the warm start cannot be kept in {path.parent}: {error.strerror}; set XDG_CACHE_HOME"
        ) from None
    command = [sys.executable, "-m", "asi_evolve_grpo_variants.warmup", partial, json.dumps(recipe)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        Path(partial).unlink(missing_ok=True)
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise WarmupError(f"the warm start for task {recipe['task']} failed: {last}")
    Path(partial).replace(path)


def targets(task: str, prompts: Ints, rng: np.random.Generator) -> Ints:
    """Right answers with a share of their tokens replaced at random; the end stays where it is."""
    right = TASKS[task].answer(prompts)
    low, high = (CLOSE[0], CLOSE[1] + 1) if task == "brackets" else (0, 10)
    replaced = (rng.random(right.shape) < CORRUPTION[task]) & (right != PAD) & (right != EOS)
    return np.where(replaced, rng.integers(low, high, size=right.shape), right)


def main(path: str, recipe: str) -> None:
    """Make one warm start; runs in its own process."""
    wanted = json.loads(recipe)
    width, layers, heads, positions, vocabulary = wanted["shape"]
    shape = Shape(width, layers, heads, positions, vocabulary)
    train = importlib.import_module(f"asi_evolve_grpo_variants.train_{wanted['backend']}")
    arrays = train.supervise(wanted["task"], shape, wanted["seed"], steps=STEPS, batch=BATCH, rate=RATE)
    with Path(path).open("wb") as file:
        np.savez(file, **arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
