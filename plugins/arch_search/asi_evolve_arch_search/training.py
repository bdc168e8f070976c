"""Trains one model on the batches that it is given. Runs in the jail, on one thread."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from asi_evolve_arch_search.model import LanguageModel, loss

PEAK_RATE = 3e-3
WARM_UP = 0.1
DECAY = 0.1
CLIP = 1.0


def rate(step: int, steps: int) -> float:
    """Learning rate of a step: linear warm-up over a tenth, then half a cosine down to a tenth of the peak."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return PEAK_RATE * (step + 1) / warm
    done = (step - warm) / max(1, steps - warm)
    return PEAK_RATE * (0.1 + 0.45 * (1.0 + math.cos(math.pi * done)))


def train(model: LanguageModel, batches: Iterator[tuple[Tensor, Tensor]], steps: int) -> dict[str, Any]:
    """AdamW over the batches, each (tokens, targets) int64 [B, T].

    Weight decay applies to matrices only. The schedule is part of the task and does not depend on the mixer.

    Returns:
        ``losses`` float32[steps] in nats, ``norms`` float32[steps] of the gradient before clipping.

    Raises:
        FloatingPointError: If the loss stops being finite; says at which step.
    """
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=PEAK_RATE, betas=(0.9, 0.95))
    losses, norms = torch.zeros(steps), torch.zeros(steps)
    model.train()
    for step, (tokens, targets) in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, steps)
        value = loss(model, tokens, targets)
        if not torch.isfinite(value):
            raise FloatingPointError(f"the training loss is {value.item()} at step {step + 1} of {steps}")
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        norms[step] = torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP).detach()
        optimizer.step()
        losses[step] = value.detach()
    model.eval()
    return {"losses": losses.numpy(), "norms": norms.numpy()}
