"""How the policy is trained: the schedule of rollouts and updates, and which task and noise each replicate has."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Regime:
    """A task and a schedule."""

    task: str
    rollouts: int
    updates: int
    """Gradient steps on each rollout. The more, the further the policy moves from the one that sampled."""
    rate: float
    """Learning rate of Adam."""
    prompts: int = 16
    group: int = 8
    """Answers to each prompt."""
    noise: float = 0.0
    """Share of the training rewards that is turned into 1 minus the reward."""

    def to_json(self) -> dict[str, Any]:
        """For the public inputs of the jail."""
        return asdict(self)


#: Replicate i of the search has regime i. ``brisk``: few updates with a large step; ``stale``: many on one rollout;
#: ``noisy``: wrong rewards among the right ones.
LAPTOP: tuple[Regime, ...] = (
    Regime("sort", rollouts=24, updates=2, rate=1e-3),
    Regime("modular", rollouts=12, updates=6, rate=5e-4),
    Regime("distinct", rollouts=16, updates=3, rate=7e-4, noise=0.15),
)

#: Never used in the search: other tasks, other seeds.
CONFIRM: tuple[Regime, ...] = (
    Regime("rewrite", rollouts=24, updates=2, rate=1e-3),
    Regime("countdown", rollouts=12, updates=6, rate=5e-4),
    Regime("brackets", rollouts=16, updates=3, rate=7e-4, noise=0.15),
    Regime("countdown", rollouts=24, updates=2, rate=1e-3),
    Regime("rewrite", rollouts=12, updates=6, rate=5e-4),
    Regime("brackets", rollouts=16, updates=3, rate=7e-4),
)

STAGES: dict[str, tuple[Regime, ...]] = {"laptop": LAPTOP, "confirm": CONFIRM}

#: After which share of the rollouts the weights are handed over for evaluation.
CHECKPOINTS = (1 / 3, 2 / 3, 1.0)


def regime_of(stage: str, replicate: int) -> Regime:
    """The regime of a replicate; more replicates than regimes go round again, with other seeds."""
    regimes = STAGES[stage]
    return regimes[replicate % len(regimes)]
