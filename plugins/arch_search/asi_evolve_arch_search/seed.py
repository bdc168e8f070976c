"""A layer that mixes a sequence: DeltaNet, cut into seven parts that can be exchanged on their own.

``Mixer(d_model, heads)`` maps [batch, time, d_model] to the same shape. Row t may depend on rows 0 to t only, and
the work must grow in proportion to the length. D is d_model, H heads, K = D / H channels for each head.
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn
from torch.nn import functional

from asi_evolve_arch_search.kernels import causal_conv, chunkwise


class Project(nn.Module):
    """Queries, keys and values, each by a matrix of its own."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.queries = nn.Linear(d_model, d_model, bias=False)
        self.keys = nn.Linear(d_model, d_model, bias=False)
        self.values = nn.Linear(d_model, d_model, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.queries(x), self.keys(x), self.values(x)


class LocalConv(nn.Module):
    """Short causal convolution, then SiLU."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        width = tunable(4, 2, 8)
        self.taps = nn.Parameter(torch.randn(d_model, width) * width**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        return functional.silu(causal_conv(x, self.taps))


def normalise(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    """Queries and keys of length 1."""
    return functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)


class Memory(nn.Module):
    """The delta rule: what the state holds for a key is replaced by the new value, as far as beta says."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.strength = nn.Linear(d_model, heads)

    def forward(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        beta = torch.sigmoid(self.strength(x))
        return chunkwise(q, functional.normalize(k, dim=-1), v, beta=beta, chunk=32)[0]


class Paths(nn.Module):
    """What the router may choose from: the memory's output alone."""

    count = 1

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()

    def forward(self, v: Tensor, memory: Tensor) -> Tensor:
        return memory[:, :, None]


class Router(nn.Module):
    """The mean of the paths."""

    def __init__(self, d_model: int, heads: int, count: int) -> None:
        super().__init__()

    def forward(self, x: Tensor, paths: Tensor) -> Tensor:
        return paths.mean(dim=2)


class OutputGate(nn.Module):
    """RMS norm for each head, then the output matrix; no gate."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(d_model // heads, eps=1e-5)
        self.out = nn.Linear(d_model, d_model, bias=False)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.out(self.norm(y).flatten(-2))


class Mixer(nn.Module):
    """The frame: the parts in their order."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project = Project(d_model, heads)
        self.convs = nn.ModuleList(LocalConv(d_model) for _ in range(3))
        self.memory = Memory(d_model, heads)
        self.paths = Paths(d_model, heads)
        self.router = Router(d_model, heads, self.paths.count)
        self.output = OutputGate(d_model, heads)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (conv(y).unflatten(-1, (self.heads, -1)) for conv, y in zip(self.convs, self.project(x), strict=True))
        q, k = normalise(q, k)
        paths = self.paths(v, self.memory(x, q, k, v))
        return self.output(x, self.router(x, paths))
