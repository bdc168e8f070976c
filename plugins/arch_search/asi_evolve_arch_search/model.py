"""The small language model around a mixer. Everything but the mixer is fixed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of a model."""

    vocabulary: int
    d_model: int = 64
    layers: int = 2
    heads: int = 2
    parameters: int = 96_000
    """All parameters together. The width of the feed-forward layers is chosen to come as close as it can."""


#: A feed-forward layer narrower than this is no longer the same kind of model.
LEAST_HIDDEN = 16


class Layer(nn.Module):
    """Pre-norm residual layer: mixer, then feed-forward."""

    def __init__(self, mixer: nn.Module, d_model: int, hidden: int) -> None:
        super().__init__()
        self.norm_mixer, self.norm_hidden = nn.RMSNorm(d_model), nn.RMSNorm(d_model)
        self.mixer = mixer
        self.up, self.down = nn.Linear(d_model, hidden, bias=False), nn.Linear(hidden, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, D] -> [B, T, D]."""
        x = x + self.mixer(self.norm_mixer(x))
        result: Tensor = x + self.down(functional.gelu(self.up(self.norm_hidden(x))))
        return result


class LanguageModel(nn.Module):
    """Embedding, layers, norm, and logits by the same embedding. No positions.

    Args:
        make_mixer: ``make_mixer(d_model, heads) -> nn.Module``, called once for each layer.
        shape: Size.

    Raises:
        ValueError: If the mixers leave too few of the ``shape.parameters`` for the rest.
    """

    def __init__(self, make_mixer: Callable[[int, int], nn.Module], shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        mixers = [make_mixer(shape.d_model, shape.heads) for _ in range(shape.layers)]
        self.hidden = hidden_width(shape, count(*mixers))
        self.embedding = nn.Embedding(shape.vocabulary, shape.d_model)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.layers = nn.ModuleList(Layer(mixer, shape.d_model, self.hidden) for mixer in mixers)
        self.norm = nn.RMSNorm(shape.d_model)

    def forward(self, tokens: Tensor) -> Tensor:
        """Features [B, T, D] of tokens int64 [B, T]; :meth:`logits` makes logits of them."""
        x = self.embedding(tokens)
        for layer in self.layers:
            x = layer(x)
        result: Tensor = self.norm(x)
        return result

    def logits(self, features: Tensor) -> Tensor:
        """[..., D] -> [..., vocabulary]."""
        return features @ self.embedding.weight.t()


def count(*modules: nn.Module) -> int:
    """Parameters of the modules, shared ones once."""
    return sum(p.numel() for p in {id(p): p for m in modules for p in m.parameters()}.values())


def hidden_width(shape: Shape, mixers: int) -> int:
    """Width of the feed-forward layers that brings a model with ``mixers`` parameters in its mixers to its size.

    Raises:
        ValueError: If that is below :data:`LEAST_HIDDEN`.
    """
    fixed = shape.vocabulary * shape.d_model + (2 * shape.layers + 1) * shape.d_model + mixers
    hidden = round((shape.parameters - fixed) / (2 * shape.layers * shape.d_model))
    if hidden < LEAST_HIDDEN:
        room = shape.parameters - (fixed - mixers) - LEAST_HIDDEN * 2 * shape.layers * shape.d_model
        raise ValueError(f"the mixers have {mixers} parameters; the model has room for {room}")
    return hidden


def loss(model: LanguageModel, tokens: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy in nats over the rows whose target is not negative. Shapes [B, T]."""
    rows = targets >= 0
    logits = model.logits(model(tokens)[rows])
    return functional.cross_entropy(logits, targets[rows])


def build(candidate: Any, shape: Shape, seed: int) -> LanguageModel:
    """A model around ``candidate.Mixer``, initialised from ``seed``.

    Raises:
        AttributeError: If the program has no class ``Mixer``.
    """
    if not callable(getattr(candidate, "Mixer", None)):
        raise AttributeError("the program defines no class Mixer(d_model, heads)")
    torch.manual_seed(seed)
    return LanguageModel(candidate.Mixer, shape)
