"""One evaluation of a candidate's objective on given arrays, in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import torch

from asi_evolve_grpo_variants.train_torch import broadcast, kept, loss_and_gradient


def trial(candidate: ModuleType, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """``{"loss": float, "gradient": float64[P, G, T], "advantages": float64[P, G, T], "kept": int}``.

    Inputs: ``rewards``, ``lengths`` [P, G], ``greedy`` [P], ``logp``, ``logp_old``, ``logp_ref``, ``mask`` [P, G, T].
    Computed in the dtype of ``logp``.
    """
    given = {name: torch.tensor(inputs[name]) for name in inputs if name != "statistics"}
    mask = given["mask"]
    advantages = candidate.advantages(given["rewards"], given["lengths"], given["greedy"], dict(inputs["statistics"]))
    spread = broadcast(advantages, mask)
    keep = kept(candidate, given["rewards"])
    loss, gradient = loss_and_gradient(
        candidate,
        given["logp"],
        given["logp_old"],
        given["logp_ref"],
        spread,
        keep,
        mask,
        given["lengths"],
        torch.Generator().manual_seed(0),
    )
    return {
        "loss": float(loss),
        "gradient": gradient.to(torch.float64).numpy(),
        "advantages": spread.to(torch.float64).numpy(),
        "kept": int(keep.sum()),
    }
