"""Softmax attention, the quadratic yardstick."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def softmax_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal softmax attention without positions (Vaswani et al. 2017, arXiv:1706.03762).

    Args:
        q, k: [B, T, H, K].
        v: [B, T, H, V].

    Returns:
        [B, T, H, V]; row t is the mean of ``v[:t + 1]`` weighted by ``softmax(q_t k_j / sqrt(K))``. O(T^2).
    """
    q, k, v = (x.transpose(1, 2) for x in (q, k, v))
    return functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2)
