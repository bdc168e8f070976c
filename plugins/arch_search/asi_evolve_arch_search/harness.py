"""Runs beside the candidate in the jail: trains models around its mixer, or probes it. Judges nothing.

Everything is imported here and not where it is used: within the jail this package's files cannot be read any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np
import torch

from asi_evolve_arch_search.model import Shape, build, count
from asi_evolve_arch_search.probes import PROBES
from asi_evolve_arch_search.training import train


def run(
    candidate: ModuleType, inputs: Mapping[str, Any], budget: Any, rng: Any, emit: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """Do what ``inputs["do"]`` says: ``train``, or the name of a probe (:mod:`asi_evolve_arch_search.probes`).

    ``train`` gets, for each task NAME in ``inputs["tasks"]``: ``NAME_tokens`` and ``NAME_targets`` [steps, B, T] to
    learn from, ``NAME_asked`` [N, T], ``NAME_rows`` [N] or [N, R] at which logits are wanted, and ``NAME_vocabulary``.
    It returns for each the logits [N * R, vocabulary], the losses and gradient norms of the training, and the sizes.
    """
    if inputs["do"] != "train":
        return PROBES[inputs["do"]](candidate, inputs)
    out: dict[str, Any] = {}
    for name in inputs["tasks"]:
        out |= _task(candidate, inputs, str(name))
    return out


def _task(candidate: ModuleType, inputs: Mapping[str, Any], name: str) -> dict[str, Any]:
    shape = Shape(vocabulary=int(inputs[f"{name}_vocabulary"]), **inputs["shape"])
    model = build(candidate, shape, int(inputs["seed"]))
    tokens, targets = inputs[f"{name}_tokens"], inputs[f"{name}_targets"]

    def batches() -> Iterator[tuple[Any, Any]]:
        for one, other in zip(tokens, targets, strict=True):
            yield torch.from_numpy(one.astype(np.int64)), torch.from_numpy(other.astype(np.int64))

    curves = train(model, batches(), len(tokens))
    asked, rows = inputs[f"{name}_asked"], inputs[f"{name}_rows"].reshape(len(inputs[f"{name}_asked"]), -1)
    logits = []
    with torch.no_grad():
        for start in range(0, len(asked), 64):
            part = slice(start, start + 64)
            features = model(torch.from_numpy(asked[part].astype(np.int64)))
            picked = torch.from_numpy(rows[part].astype(np.int64))
            chosen = features[torch.arange(len(picked))[:, None], picked]
            logits.append(model.logits(chosen).flatten(0, 1))
    return {
        f"{name}_logits": torch.cat(logits).to(torch.float32).numpy(),
        f"{name}_losses": curves["losses"],
        f"{name}_norms": curves["norms"],
        f"{name}_sizes": {"parameters": count(model), "hidden": model.hidden, "mixer": count(model.layers[0].mixer)},
    }
