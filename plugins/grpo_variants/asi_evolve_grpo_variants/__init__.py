"""GRPO variants: evolve the objective of reinforcement learning with verifiable rewards.

The hooks of the plugin, and nothing else: what they do is in the modules that they call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asi_evolve import Domain, Execution, RunContext, Score, hookimpl


@hookimpl
def domain() -> Domain:
    """The domain with its default settings; ``Domain.configure`` gives it for others."""
    from asi_evolve_grpo_variants.declaration import Config, configure

    return configure(Config())


@hookimpl
def inputs(context: RunContext, stage: str, replicate: int, seed: int) -> tuple[Mapping[str, Any], Any]:
    """Warm start and schedule are public; the prompts of the evaluation are known to the scorer alone."""
    from dataclasses import asdict

    from asi_evolve_grpo_variants.regimes import regime_of
    from asi_evolve_grpo_variants.scoring import Hidden, evaluation_seed
    from asi_evolve_grpo_variants.shape import Shape
    from asi_evolve_grpo_variants.warmup import warm_start

    regime, shape = regime_of(stage, replicate), Shape()
    start = warm_start(regime.task, shape, context.backend)
    secret = evaluation_seed(context.config.key, stage, replicate, seed)
    public = {"regime": regime.to_json(), "shape": asdict(shape), "start": dict(start), "seed": seed}
    return public, Hidden(regime.task, shape, start, secret, context.config.samples)


@hookimpl
def score(execution: Execution, hidden: Any) -> Score:
    """Evaluate the returned weights on prompts that the training has not seen."""
    from asi_evolve_grpo_variants.scoring import score_training

    return score_training(execution.outputs or {}, hidden)
