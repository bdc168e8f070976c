"""The trusted side's policy: the same transformer in numpy, from returned weights. Needs neither PyTorch nor JAX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from asi_evolve_grpo_variants.shape import EPS, Shape
from asi_evolve_grpo_variants.tasks import Ints, Task, ended, success

Array: TypeAlias = "np.ndarray[Any, Any]"


def _norm(x: Array) -> Array:
    scaled: Array = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + EPS)
    return scaled


def _gelu(x: Array) -> Array:
    bent: Array = 0.5 * x * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3)))
    return bent


def _heads(x: Array, heads: int) -> Array:
    batch, length, width = x.shape
    return x.reshape(batch, length, heads, width // heads).transpose(0, 2, 1, 3)


def _log_softmax(x: Array) -> Array:
    x = x - x.max(axis=-1, keepdims=True)
    logs: Array = x - np.log(np.exp(x).sum(axis=-1, keepdims=True))
    return logs


class Reader:
    """Reads tokens one block at a time and keeps keys and values."""

    def __init__(self, params: Mapping[str, Array], shape: Shape, batch: int, length: int) -> None:
        size = (shape.layers, batch, shape.heads, length, shape.width // shape.heads)
        self._params, self._shape = params, shape
        self._keys, self._values = np.zeros(size, np.float32), np.zeros(size, np.float32)
        self._at = 0

    def read(self, tokens: Ints) -> Array:
        """Log-probabilities float32[B, n, V] of what follows each of the n tokens."""
        params, shape, at = self._params, self._shape, self._at
        count = tokens.shape[1]
        end = at + count
        x = params["embed"][tokens] + params["position"][at:end]
        hidden = np.arange(end)[None, :] > np.arange(at, end)[:, None]
        for layer in range(shape.layers):
            q, k, v = (_heads(part, shape.heads) for part in np.split(_norm(x) @ params[f"qkv{layer}"], 3, axis=-1))
            self._keys[layer, :, :, at:end], self._values[layer, :, :, at:end] = k, v
            scores = q @ self._keys[layer, :, :, :end].transpose(0, 1, 3, 2) / np.sqrt(q.shape[-1])
            scores = np.where(hidden, -np.inf, scores)
            scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
            mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ self._values[layer, :, :, :end]
            x = x + mixed.transpose(0, 2, 1, 3).reshape(x.shape) @ params[f"out{layer}"]
            x = x + _gelu(_norm(x) @ params[f"up{layer}"]) @ params[f"down{layer}"]
        self._at = end
        return _log_softmax(_norm(x) @ params["embed"].T)


def sample(
    params: Mapping[str, Array], prompts: Ints, width: int, shape: Shape, rng: np.random.Generator
) -> tuple[Ints, Array]:
    """Answers int64[B, width] at temperature 1, and the log-probabilities float32[B, width] of their tokens."""
    reader = Reader(params, shape, len(prompts), prompts.shape[1] + width)
    answers, logp = np.zeros((len(prompts), width), np.int64), np.zeros((len(prompts), width), np.float32)
    tokens = prompts
    for step in range(width):
        scores = reader.read(tokens)[:, -1]
        chosen = (scores + rng.gumbel(size=scores.shape)).argmax(axis=-1)
        answers[:, step] = chosen
        logp[:, step] = np.take_along_axis(scores, chosen[:, None], axis=1)[:, 0]
        tokens = chosen[:, None]
    return answers, logp


def log_probabilities(params: Mapping[str, Array], prompts: Ints, answers: Ints, shape: Shape) -> Array:
    """log p of each answer token, float32[B, T]."""
    tokens = np.concatenate([prompts, answers[:, :-1]], axis=1)
    reader = Reader(params, shape, len(tokens), tokens.shape[1])
    scores = reader.read(tokens)[:, prompts.shape[1] - 1 :]
    found: Array = np.take_along_axis(scores, answers[:, :, None], axis=2)[:, :, 0]
    return found


@dataclass(frozen=True, slots=True)
class Measured:
    """What a policy does on fresh prompts."""

    success: float
    """Share of answers that are wholly right, sampled at temperature 1."""
    reward: float
    """Mean graded reward."""
    entropy: float
    """Mean surprise of a sampled token, nats: an estimate of the entropy per token."""
    drift: float
    """Mean of log p - log p_reference per sampled token, nats: an estimate of the divergence from the warm start."""
    length: float
    """Mean tokens of an answer, the end included."""


def measure(
    params: Mapping[str, Array],
    reference: Mapping[str, Array],
    task: Task,
    shape: Shape,
    seed: int,
    count: int,
    batch: int = 1024,
) -> Measured:
    """Evaluate on ``count`` prompts that ``seed`` determines, one sampled answer each."""
    rng = np.random.default_rng(seed)
    right = reward = surprise = drift = tokens = 0.0
    for first in range(0, count, batch):
        prompts = task.sample(rng, min(batch, count - first))
        answers, logp = sample(params, prompts, task.answer_length, shape, rng)
        cut, lengths = ended(answers)
        inside = np.arange(answers.shape[1])[None, :] < lengths[:, None]
        right += success(task, prompts, answers).sum()
        reward += task.grade(prompts, cut).sum()
        surprise -= logp[inside].sum()
        drift += (logp - log_probabilities(reference, prompts, answers, shape))[inside].sum()
        tokens += lengths.sum()
    return Measured(
        float(right / count),
        float(reward / count),
        float(surprise / tokens),
        float(drift / tokens),
        float(tokens / count),
    )
