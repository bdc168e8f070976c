"""``ucb1``: the parent with the highest upper confidence bound (Auer, Cesa-Bianchi, Fischer 2002).

Source of the rule: "Finite-time analysis of the multiarmed bandit problem", Machine Learning 47,
doi:10.1023/A:1013689704352. An arm is an experiment that may be a parent. Two changes make it fit a search in
which every round adds an arm:

- The reward of an arm is its fitness *rank*, scaled to [0, 1] (0 worst, 1 best, ties share their middle). The
  constant ``c`` therefore means the same in every domain, whatever its unit or spread.
- Having been evaluated counts as the arm's first play. Otherwise each new arm would have an infinite bound and
  be drawn once before anything else, which with one new arm a round is uniform sampling.

Entry ``i`` with ``v_i`` visits has the score ``rank_i + c * sqrt(ln(T) / (1 + v_i))``, ``T = sum(1 + v_i)``.
Visits of rounds in flight count at once, so that concurrent workers spread out (virtual loss).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asi_evolve.sampling.inspirations import good_and_different
from asi_evolve.sampling.options import option
from asi_evolve.sampling.protocol import Selection, State
from asi_evolve.sampling.ranking import eligible, percentile

if TYPE_CHECKING:
    from asi_evolve.domain import Feature
    from asi_evolve.history import History


@dataclass(frozen=True, slots=True)
class Ucb1Options:
    """Keys under ``[sampler]`` for ``ucb1``."""

    c: float = option(0.2, 0.0, 100.0)
    """Exploration constant. 0 is greedy; at 0.2 about the top third shares the visits; above about 1 it is uniform."""
    inspirations: int = option(3, 0, 20)
    """How many inspirations to show."""


class Ucb1:
    """Upper confidence bound over rank-normalised fitness."""

    name = "ucb1"

    def __init__(self, options: Ucb1Options, features: tuple[Feature, ...] = ()) -> None:
        self.options = options
        self.features = features

    def init(self) -> State:
        """No state: ranks and visits are read from the history."""
        return {}

    def select(self, state: State, history: History, rng: np.random.Generator) -> tuple[Selection, State]:
        """The entry with the highest bound; of equals the least visited, then the earliest. Draws nothing."""
        fitness = eligible(history)
        arms = fitness > -np.inf
        total = int(np.count_nonzero(arms))
        if total == 0:
            return Selection(None), state
        visits = np.maximum(history.visits, 0)
        plays = total + int(visits[arms].sum())
        scale = self.options.c * float(np.sqrt(np.log(plays)))

        # Among arms with the same visits the fittest has the highest bound, and an arm with more visits can only
        # win if it is fitter than every arm with fewer. So exact ranks are needed for that frontier alone.
        highest = np.full(int(visits.max()) + 1, -np.inf)
        np.maximum.at(highest, visits, fitness)
        best, best_score, fittest = (-1, -np.inf), -np.inf, -np.inf
        for count in np.flatnonzero(highest > -np.inf):
            value = float(highest[count])
            if value <= fittest:
                continue
            fittest = value
            score = percentile(fitness, value, total) + scale / float(np.sqrt(1.0 + count))
            if score > best_score:
                best, best_score = (int(count), value), score
        parent = int(np.flatnonzero((fitness == best[1]) & (visits == best[0]))[0])
        inspirations = good_and_different(history, fitness, parent, self.options.inspirations, self.features)
        return Selection(history.id_of(parent), inspirations), state

    def update(self, state: State, history: History, index: int) -> State:
        """Nothing to note."""
        return state
