"""A causal convolution that skips steps: the same taps reach further back.

Cognition: oord-2016-wavenet
"""

from __future__ import annotations

import torch
from asi_evolve import tunable
from torch import Tensor, nn
from torch.nn import functional


class LocalConv(nn.Module):
    """A causal convolution that skips steps: the same taps reach further back."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        width = tunable(3, 2, 5)
        self.stride = tunable(2, 2, 4)
        self.taps = nn.Parameter(torch.randn(d_model, width) * width**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        channels, width = self.taps.shape
        padded = functional.pad(x.transpose(1, 2), (self.stride * (width - 1), 0))
        spread = functional.conv1d(padded, self.taps[:, None, :], groups=channels, dilation=self.stride)
        return functional.silu(spread.transpose(1, 2))
