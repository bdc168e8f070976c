"""Causal convolution, one filter for each channel."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def causal_conv(x: Tensor, taps: Tensor) -> Tensor:
    """Filter each channel with its own taps, looking back only.

    Args:
        x: [B, T, D].
        taps: [D, W]; the last tap meets the present step, the first one the step W - 1 before.

    Returns:
        [B, T, D]: ``y_t = sum_w taps[:, W - 1 - w] x_{t - w}``, with zeros before the start.
    """
    channels, width = taps.shape
    padded = functional.pad(x.transpose(1, 2), (width - 1, 0))
    return functional.conv1d(padded, taps[:, None, :], groups=channels).transpose(1, 2)
