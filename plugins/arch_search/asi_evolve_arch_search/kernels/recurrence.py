"""The recurrence, one step after the other: the definition that the chunkwise form is checked against."""

from __future__ import annotations

import torch
from torch import Tensor


def recurrent(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    log_decay: Tensor | None = None,
    beta: Tensor | None = None,
    state: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Mix a sequence through a matrix-valued state, step by step.

    With ``S`` of shape [K, V] for each batch entry and head, at each step::

        S <- diag(exp(log_decay)) S
        S <- S + k v^T                          without beta
        S <- S + beta k (v - S^T k)^T           with beta: the delta rule
        o  = S^T q / sqrt(K)                    read after write

    What it is depends on what is given:

    ========================  =======  =================================================================
    log_decay                 beta     name
    ========================  =======  =================================================================
    none                      none     linear attention (Katharopoulos et al. 2020, arXiv:2006.16236)
    [B, T, H]                 none     state-space duality, Mamba-2 (Dao, Gu 2024, arXiv:2405.21060)
    [B, T, H, K]              none     gated linear attention (Yang et al. 2023, arXiv:2312.06635)
    none                      [B,T,H]  DeltaNet (Schlag et al. 2021, arXiv:2102.11174)
    [B, T, H]                 [B,T,H]  gated DeltaNet (Yang et al. 2024, arXiv:2412.06464)
    [B, T, H, K]              [B,T,H]  delta rule with one decay for each channel of the key
    ========================  =======  =================================================================

    Keys are used as given: the delta rule is stable for ``0 <= beta |k|^2 <= 2``, so normalise them before.

    Args:
        q, k: [B, T, H, K], floating point.
        v: [B, T, H, V].
        log_decay: logarithm of the decay, at most 0.
        beta: strength of each write.
        state: [B, H, K, V] to start from; None is zero.

    Returns:
        Outputs [B, T, H, V], and the state after the last step [B, H, K, V].
    """
    batch, length, heads, key_dim = q.shape
    q = q * key_dim**-0.5
    if state is None:
        state = q.new_zeros(batch, heads, key_dim, v.shape[-1])
    decay = None if log_decay is None else log_decay.exp()
    if decay is not None and decay.dim() == 3:
        decay = decay[..., None]
    outputs = []
    for t in range(length):
        if decay is not None:
            state = state * decay[:, t, :, :, None]
        written = v[:, t]
        if beta is not None:
            held = torch.einsum("bhkv,bhk->bhv", state, k[:, t])
            written = beta[:, t, :, None] * (written - held)
        state = state + k[:, t, :, :, None] * written[:, :, None, :]
        outputs.append(torch.einsum("bhkv,bhk->bhv", state, q[:, t]))
    if not outputs:
        return torch.zeros_like(v), state
    return torch.stack(outputs, dim=1), state
