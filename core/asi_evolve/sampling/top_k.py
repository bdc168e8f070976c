"""``top_k``: the root from the best few, the references from the best many.

The setting of ASI-Arch's architecture search (Liu et al. 2025, arXiv:2507.18074): a pool of the 50 best, the
root drawn from the 10 best, references drawn from the pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asi_evolve.sampling.options import option
from asi_evolve.sampling.protocol import Selection, State
from asi_evolve.sampling.ranking import eligible, top

if TYPE_CHECKING:
    import numpy as np

    from asi_evolve.history import History


@dataclass(frozen=True, slots=True)
class TopKOptions:
    """Keys under ``[sampler]`` for ``top_k``."""

    root: int = option(10, 1, 10_000)
    """The parent is drawn uniformly from this many best."""
    references: int = option(50, 1, 10_000)
    """Inspirations are drawn uniformly from this many best."""
    inspirations: int = option(3, 0, 20)
    """How many inspirations to show."""


class TopK:
    """Uniform over the best ``root``; references uniform over the best ``references``."""

    name = "top_k"

    def __init__(self, options: TopKOptions) -> None:
        self.options = options

    def init(self) -> State:
        """No state."""
        return {}

    def select(self, state: State, history: History, rng: np.random.Generator) -> tuple[Selection, State]:
        """Draw the root, then the references without replacement; they are given best first."""
        pool = top(eligible(history), max(self.options.root, self.options.references))
        if not len(pool):
            return Selection(None), state
        root = int(rng.integers(min(self.options.root, len(pool))))
        others = [place for place in range(min(self.options.references, len(pool))) if place != root]
        wanted = min(len(others), self.options.inspirations)
        places = sorted(others[i] for i in rng.choice(len(others), size=wanted, replace=False)) if wanted else []
        ids = tuple(history.id_of(int(pool[place])) for place in places)
        return Selection(history.id_of(int(pool[root])), ids), state

    def update(self, state: State, history: History, index: int) -> State:
        """Nothing to note."""
        return state
