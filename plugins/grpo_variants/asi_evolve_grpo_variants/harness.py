"""What runs beside a candidate in the jail, whatever its backend: a training, or one trial of the objective."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from asi_evolve_grpo_variants.curves import Curves
from asi_evolve_grpo_variants.regimes import CHECKPOINTS, Regime
from asi_evolve_grpo_variants.shape import Shape


def run(
    candidate: ModuleType,
    inputs: Mapping[str, Any],
    reinforce: Callable[..., Curves],
    trial: Callable[..., Mapping[str, Any]],
) -> dict[str, Any]:
    """Train, or try.

    With ``regime`` in the inputs: ``{"checkpoints": [weights, ...], "curves": {...}}``. With ``logp``: what one step
    of the objective gives on the arrays of the inputs, as ``trial`` says.
    """
    if "regime" not in inputs:
        return dict(trial(candidate, inputs))
    checkpoints: list[dict[str, Any]] = []

    def keep(weights: dict[str, Any]) -> None:
        checkpoints.append(weights)

    curves = reinforce(
        candidate, inputs["start"], Regime(**inputs["regime"]), Shape(**inputs["shape"]), int(inputs["seed"]), keep
    )
    assert len(checkpoints) == len(CHECKPOINTS)
    return {"checkpoints": checkpoints, "curves": curves.to_data()}
