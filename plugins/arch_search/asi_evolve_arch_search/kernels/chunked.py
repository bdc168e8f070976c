"""The same recurrence, chunk by chunk: matrix products within a chunk, the state between chunks."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def chunkwise(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    log_decay: Tensor | None = None,
    beta: Tensor | None = None,
    state: Tensor | None = None,
    chunk: int = 32,
) -> tuple[Tensor, Tensor]:
    """What :func:`~asi_evolve_arch_search.kernels.recurrent` computes, in O(T) work with few large products.

    The writes of a chunk solve a unit lower triangular system, ``(I + A) U = diag(beta) (V - K' S)`` with
    ``A = tril(diag(beta) K K^T, -1)``, the WY form of a product of Householder-like factors (Yang et al. 2024,
    arXiv:2406.06484; with decay arXiv:2412.06464). It is solved by substitution: inverting ``I + A`` by repeated
    squaring loses all digits where keys of a chunk resemble each other.

    Args:
        q, k: [B, T, H, K], floating point. ``T`` need not be a multiple of ``chunk``.
        v: [B, T, H, V].
        log_decay: [B, T, H], or [B, T, H, K] for one decay a channel (memory grows with chunk * K: 16 is plenty
            there). At most 0.
        beta: [B, T, H].
        state: [B, H, K, V] to start from; None is zero.
        chunk: Steps in a chunk, at least 1.

    Returns:
        Outputs [B, T, H, V], and the state after the last step [B, H, K, V].
    """
    batch, length, heads, key_dim = q.shape
    if state is None:
        state = q.new_zeros(batch, heads, key_dim, v.shape[-1])
    if length == 0:
        return torch.zeros_like(v), state
    chunk = max(1, min(chunk, length))
    queries, keys, values = (_chunks(x, chunk) for x in (q * key_dim**-0.5, k, v))
    earlier = torch.ones(chunk, chunk, dtype=torch.bool, device=q.device).tril()
    if log_decay is None:
        passed = None
        from_start, to_end, whole = queries, keys, None
        entering = keys
    else:
        steps = log_decay if log_decay.dim() == 4 else log_decay[..., None]
        passed = _chunks(steps, chunk).cumsum(dim=-2)
        total = passed[..., -1:, :]
        from_start, entering = queries * passed.exp(), keys * passed.exp()
        to_end = keys * (total - passed).exp()
        whole = total.exp().transpose(-1, -2)
    attention = _pairs(queries, keys, passed, earlier)
    if beta is not None:
        strength = _chunks(beta[..., None], chunk)
        strictly = earlier.tril(-1)
        system = strength * _pairs(keys, keys, passed, strictly)
        right = torch.cat([strength * values, strength * entering], dim=-1)
        solved = torch.linalg.solve_triangular(system, right, upper=False, unitriangular=True)
        values, erased = solved.split([v.shape[-1], key_dim], dim=-1)
    outputs = []
    for n in range(values.shape[2]):
        written = values[:, :, n]
        if beta is not None:
            written = written - erased[:, :, n] @ state
        outputs.append(from_start[:, :, n] @ state + attention[:, :, n] @ written)
        kept = state if whole is None else state * whole[:, :, n]
        state = kept + to_end[:, :, n].transpose(-1, -2) @ written
    joined = torch.stack(outputs, dim=2).flatten(2, 3)[:, :, :length]
    return joined.transpose(1, 2), state


def _chunks(x: Tensor, chunk: int) -> Tensor:
    """[B, T, H, D] -> [B, H, N, chunk, D]; the last chunk is filled with zeros, which write and decay nothing."""
    missing = -x.shape[1] % chunk
    if missing:
        x = functional.pad(x, (0, 0, 0, 0, 0, missing))
    return x.transpose(1, 2).unflatten(2, (-1, chunk))


def _pairs(rows: Tensor, columns: Tensor, passed: Tensor | None, mask: Tensor) -> Tensor:
    """Products of rows i and columns j with the decay between them, [B, H, N, C, C]; zero where ``mask`` is."""
    if passed is None:
        return (rows @ columns.transpose(-1, -2)).masked_fill(~mask, 0.0)
    between = passed[..., :, None, :] - passed[..., None, :, :]
    # Masked before exp: above the diagonal it is positive, and its exponential would give inf * 0 as gradient.
    factor = between.masked_fill(~mask[..., None], -torch.inf).exp()
    if factor.shape[-1] == 1:
        return (rows @ columns.transpose(-1, -2)) * factor[..., 0]
    return torch.einsum("...ik,...jk,...ijk->...ij", rows, columns, factor)
