"""Linear-time sequence mixing in PyTorch: one recurrence in two forms, causal convolution, softmax attention.

A candidate may import these names, and no others of this package:
``from asi_evolve_arch_search.kernels import chunkwise``.
"""

from __future__ import annotations

from asi_evolve_arch_search.kernels.attention import softmax_attention
from asi_evolve_arch_search.kernels.chunked import chunkwise
from asi_evolve_arch_search.kernels.conv import causal_conv
from asi_evolve_arch_search.kernels.recurrence import recurrent

__all__ = ["causal_conv", "chunkwise", "recurrent", "softmax_attention"]
