"""``random``: every experiment that may be a parent, with the same probability.

The control that each other sampler is measured against. Its inspirations are uniform draws too, so that no
selection pressure comes in by that door.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asi_evolve.sampling.options import option
from asi_evolve.sampling.protocol import Selection, State
from asi_evolve.sampling.ranking import eligible

if TYPE_CHECKING:
    from asi_evolve.history import History


@dataclass(frozen=True, slots=True)
class RandomOptions:
    """Keys under ``[sampler]`` for ``random``."""

    inspirations: int = option(3, 0, 20)
    """How many inspirations to show."""


class Random:
    """Uniform parents and uniform inspirations."""

    name = "random"

    def __init__(self, options: RandomOptions) -> None:
        self.options = options

    def init(self) -> State:
        """No state."""
        return {}

    def select(self, state: State, history: History, rng: np.random.Generator) -> tuple[Selection, State]:
        """A draw without replacement: the parent first, then the inspirations."""
        arms = np.flatnonzero(eligible(history) > -np.inf)
        if not len(arms):
            return Selection(None), state
        wanted = min(len(arms), 1 + self.options.inspirations)
        drawn = arms[rng.choice(len(arms), size=wanted, replace=False)]
        ids = [history.id_of(int(i)) for i in drawn]
        return Selection(ids[0], tuple(ids[1:])), state

    def update(self, state: State, history: History, index: int) -> State:
        """Nothing to note."""
        return state
