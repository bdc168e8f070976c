"""The harness of candidates in PyTorch. All imports are at the top: the jail may not be able to read them later."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from asi_evolve_grpo_variants import harness
from asi_evolve_grpo_variants.train_torch import reinforce
from asi_evolve_grpo_variants.trial_torch import trial


def run(candidate: ModuleType, inputs: Mapping[str, Any], budget: Any, rng: Any, emit: Any) -> dict[str, Any]:
    """See :func:`asi_evolve_grpo_variants.harness.run`."""
    return harness.run(candidate, inputs, reinforce, trial)
