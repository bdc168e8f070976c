"""Scores what came back: logits at the rows whose answers never entered the jail."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from asi_evolve import Score
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Answers:
    """The hidden part: what should have been predicted."""

    recall: NDArray[np.int64]
    """[M] tokens."""
    text: NDArray[np.int64]
    """[N] bytes."""
    recall_vocabulary: int
    text_vocabulary: int


class NotLogitsError(ValueError):
    """What came back cannot be scored; says why."""


def read_logits(outputs: Mapping[str, Any], name: str, rows: int, vocabulary: int) -> NDArray[np.float64]:
    """``NAME_logits`` as float64[rows, vocabulary].

    Raises:
        NotLogitsError: If it is missing, of another shape, or not finite.
    """
    value = outputs.get(f"{name}_logits")
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        raise NotLogitsError(f"{name}_logits is missing or holds no real numbers")
    if value.shape != (rows, vocabulary):
        raise NotLogitsError(f"{name}_logits has shape {list(value.shape)}, not {[rows, vocabulary]}")
    if not np.isfinite(value).all():
        raise NotLogitsError(f"{name}_logits has numbers that are not finite: the model diverged")
    return value.astype(np.float64)


def accuracy(logits: NDArray[np.float64], answers: NDArray[np.int64]) -> float:
    """Share of rows whose answer has the highest logit, 0 to 1. A tie with any other token counts as wrong."""
    own = logits[np.arange(len(answers)), answers]
    others = logits.copy()
    others[np.arange(len(answers)), answers] = -np.inf
    return float(np.mean(own > others.max(axis=1)))


def bits(logits: NDArray[np.float64], answers: NDArray[np.int64]) -> tuple[float, float]:
    """Mean of ``-log2 p(answer)``, and its standard error over the rows. Normalised here, over the vocabulary."""
    logp = logits - logits.max(axis=1, keepdims=True)
    logp = logp - np.log(np.exp(logp).sum(axis=1, keepdims=True))
    each = -logp[np.arange(len(answers)), answers] / np.log(2.0)
    return float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each)))


def score_models(outputs: Mapping[str, Any] | None, hidden: Answers, *, source: str, cpu_s: float) -> Score:
    """The value is the mean of two parts, each from 0 to 1 where guessing is near 0.

    ``recall``: share of recalled values that are right. ``compression``: ``1 - bits / 8``, with the mean number of
    bits for a held-out byte; below 0 for a model that is worse than a uniform guess.
    """
    if outputs is None:
        return Score(None, valid=False, feedback="nothing came back")
    try:
        recall_logits = read_logits(outputs, "recall", len(hidden.recall), hidden.recall_vocabulary)
        text_logits = read_logits(outputs, "text", len(hidden.text), hidden.text_vocabulary)
    except NotLogitsError as error:
        return Score(None, valid=False, feedback=str(error))
    recall = accuracy(recall_logits, hidden.recall)
    bits_per_byte, error_of_bits = bits(text_logits, hidden.text)
    value = 0.5 * recall + 0.5 * (1.0 - bits_per_byte / 8.0)
    metrics = {
        "recall": recall,
        "bits_per_byte": bits_per_byte,
        "bits_stderr": error_of_bits,
        "cpu_seconds": cpu_s,
    }
    metrics |= _told(outputs)
    features = {"complexity": float(_nodes(source))}
    if "mixer_parameters" in metrics:
        features["mixer_parameters"] = metrics["mixer_parameters"]
    weak = "recall" if recall < 0.5 else "prediction of text"
    feedback = f"Recall {recall:.3f}, {bits_per_byte:.3f} bits per byte: {weak} limits it most."
    return Score(value, valid=True, metrics=metrics, features=features, feedback=feedback)


def _told(outputs: Mapping[str, Any]) -> dict[str, float]:
    """Sizes and curves as the jail told them: for reading, they reach no value."""
    out: dict[str, float] = {}
    sizes = outputs.get("text_sizes")
    if isinstance(sizes, Mapping):
        for key, name in (("parameters", "parameters"), ("mixer", "mixer_parameters"), ("hidden", "hidden_width")):
            number = sizes.get(key)
            if isinstance(number, int | float) and np.isfinite(number):
                out[name] = float(number)
    for task in ("recall", "text"):
        for key in ("losses", "norms"):
            curve = outputs.get(f"{task}_{key}")
            if isinstance(curve, np.ndarray) and curve.ndim == 1 and curve.dtype.kind == "f" and len(curve):
                last = float(np.mean(curve[-max(1, len(curve) // 20) :]))
                if np.isfinite(last):
                    out[f"{task}_train_loss" if key == "losses" else f"{task}_gradient_norm"] = last
    return out


def _nodes(source: str) -> int:
    try:
        return sum(1 for _ in ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError):
        return 0
