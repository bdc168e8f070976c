"""The small transformer in PyTorch: log-probabilities of answers, and sampling with a cache of keys and values.

Parameters are a flat dict of float32 tensors under the names of :func:`shapes`; the numpy evaluator reads the same
arrays. Pre-norm blocks (RMSNorm without a gain), learned positions, GELU (tanh form), tied output weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch.nn import functional

from asi_evolve_grpo_variants.shape import EPS, Shape

Params = Mapping[str, torch.Tensor]


def _norm(x: torch.Tensor) -> torch.Tensor:
    return x * torch.rsqrt((x * x).mean(dim=-1, keepdim=True) + EPS)


def _heads(x: torch.Tensor, heads: int) -> torch.Tensor:
    batch, length, width = x.shape
    return x.view(batch, length, heads, width // heads).transpose(1, 2)


def _mlp(params: Params, layer: int, x: torch.Tensor) -> torch.Tensor:
    hidden = functional.gelu(_norm(x) @ params[f"up{layer}"], approximate="tanh")
    return hidden @ params[f"down{layer}"]


def logits(params: Params, tokens: torch.Tensor, shape: Shape, last: int) -> torch.Tensor:
    """Next-token logits float32[B, last, V] after each of the last ``last`` of the tokens int64[B, L]."""
    length = tokens.shape[1]
    x = params["embed"][tokens] + params["position"][:length]
    for layer in range(shape.layers):
        q, k, v = (_norm(x) @ params[f"qkv{layer}"]).chunk(3, dim=-1)
        q, k, v = (_heads(part, shape.heads) for part in (q, k, v))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + mixed.transpose(1, 2).reshape(x.shape) @ params[f"out{layer}"]
        if layer == shape.layers - 1:
            x = x[:, -last:]  # the rest feeds nothing any more
        x = x + _mlp(params, layer, x)
    return _norm(x) @ params["embed"].T


def log_probabilities(params: Params, prompts: torch.Tensor, answers: torch.Tensor, shape: Shape) -> torch.Tensor:
    """log p of each answer token given what precedes it, float32[B, T]; prompts int64[B, L], answers int64[B, T]."""
    width = answers.shape[1]
    tokens = torch.cat([prompts, answers[:, :-1]], dim=1)
    return torch.log_softmax(logits(params, tokens, shape, width), dim=-1).gather(2, answers[:, :, None])[:, :, 0]


def sample(
    params: Params, prompts: torch.Tensor, width: int, shape: Shape, generator: torch.Generator | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Answers int64[B, width] and their log-probabilities float32[B, width], at temperature 1; greedy without a
    generator.
    """
    batch, start = prompts.shape
    total, size = start + width, shape.width // shape.heads
    keys = torch.zeros(shape.layers, batch, shape.heads, total, size)
    values = torch.zeros_like(keys)
    gumbel = torch.zeros(batch, width, shape.vocabulary)
    if generator is not None:
        noise = torch.rand(gumbel.shape, generator=generator)
        gumbel = -torch.log(-torch.log(noise.clamp(1e-9, 1.0 - 1e-7)))
    answers = torch.zeros(batch, width, dtype=torch.int64)
    logp = torch.zeros(batch, width)
    tokens, at = prompts, 0
    with torch.no_grad():
        for step in range(width):
            count = tokens.shape[1]
            x = params["embed"][tokens] + params["position"][at : at + count]
            for layer in range(shape.layers):
                q, k, v = (_heads(part, shape.heads) for part in (_norm(x) @ params[f"qkv{layer}"]).chunk(3, dim=-1))
                keys[layer, :, :, at : at + count] = k
                values[layer, :, :, at : at + count] = v
                mixed = functional.scaled_dot_product_attention(
                    q, keys[layer, :, :, : at + count], values[layer, :, :, : at + count], is_causal=at == 0
                )
                x = x + mixed.transpose(1, 2).reshape(x.shape) @ params[f"out{layer}"]
                x = x + _mlp(params, layer, x)
            at += count
            scores = torch.log_softmax(_norm(x[:, -1]) @ params["embed"].T, dim=-1)
            chosen = (scores + gumbel[:, step]).argmax(dim=-1)
            answers[:, step] = chosen
            logp[:, step] = scores.gather(1, chosen[:, None])[:, 0]
            tokens = chosen[:, None]
    return answers, logp


def from_arrays(arrays: Mapping[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """Tensors of their own with the values of float arrays."""
    return {name: torch.tensor(np.asarray(array, dtype=np.float32)) for name, array in arrays.items()}


def to_arrays(params: Params) -> dict[str, np.ndarray]:
    """float32 arrays of the parameters."""
    return {name: tensor.detach().numpy().copy() for name, tensor in params.items()}


class Adam:
    """Adam (Kingma and Ba, arXiv:1412.6980) with clipping by the global norm; the parameters are changed in place."""

    def __init__(self, params: dict[str, torch.Tensor], rate: float, clip: float = 1.0) -> None:
        self._leaves = list(params.values())
        self._rate, self._clip = rate, clip
        self._inner = torch.optim.Adam(self._leaves, lr=rate, betas=(0.9, 0.95), foreach=True)

    def step(self, scale: float = 1.0) -> float:
        """One step from the gradients that are there; returns their norm before clipping. ``scale``: of the rate."""
        norm = float(torch.nn.utils.clip_grad_norm_(self._leaves, self._clip, foreach=True))
        if math.isfinite(norm):
            for group in self._inner.param_groups:
                group["lr"] = self._rate * scale
            self._inner.step()
        self._inner.zero_grad(set_to_none=True)
        return norm
