"""``greedy``: the best experiment so far, with probability ``epsilon`` any other.

The epsilon-greedy rule of Sutton and Barto, "Reinforcement Learning", 2nd ed. 2018, section 2.2, with the best
experiment as the greedy action. A control for how much exploration is worth, and a strong choice where the
landscape has one hill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asi_evolve.sampling.inspirations import good_and_different
from asi_evolve.sampling.options import option
from asi_evolve.sampling.protocol import Selection, State
from asi_evolve.sampling.ranking import eligible, top, uniform_index

if TYPE_CHECKING:
    import numpy as np

    from asi_evolve.domain import Feature
    from asi_evolve.history import History


@dataclass(frozen=True, slots=True)
class GreedyOptions:
    """Keys under ``[sampler]`` for ``greedy``."""

    epsilon: float = option(0.0, 0.0, 1.0)
    """Probability of a uniform draw instead of the best."""
    inspirations: int = option(3, 0, 20)
    """How many inspirations to show."""


class Greedy:
    """The best, or with probability ``epsilon`` a uniform draw."""

    name = "greedy"

    def __init__(self, options: GreedyOptions, features: tuple[Feature, ...] = ()) -> None:
        self.options = options
        self.features = features

    def init(self) -> State:
        """No state."""
        return {}

    def select(self, state: State, history: History, rng: np.random.Generator) -> tuple[Selection, State]:
        """The entry with the highest fitness, the earliest of equals."""
        fitness = eligible(history)
        best = top(fitness, 1)
        if not len(best):
            return Selection(None), state
        parent = int(best[0])
        if self.options.epsilon > 0.0 and rng.random() < self.options.epsilon:
            drawn = uniform_index(fitness, rng)
            parent = parent if drawn is None else drawn
        inspirations = good_and_different(history, fitness, parent, self.options.inspirations, self.features)
        return Selection(history.id_of(parent), inspirations), state

    def update(self, state: State, history: History, index: int) -> State:
        """Nothing to note."""
        return state
