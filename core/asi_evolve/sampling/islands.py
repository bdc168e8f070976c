"""``islands``: several populations that evolve apart and exchange their best from time to time.

Source: Cohoon, Hegde, Martin and Richards 1987, "Punctuated equilibria: a parallel genetic algorithm" (2nd ICGA);
islands of programs as in FunSearch (Romera-Paredes et al. 2024, doi:10.1038/s41586-023-06924-6), here with a ring
of migrants instead of resets. Islands take turns. Within one, the parent is the winner of a tournament
(Goldberg and Deb 1991) among the island's ``capacity`` best. A child belongs to the island whose turn made it
(``sampler_data["island"]``), which is where its parent lives. Every ``migrate_every`` completed rounds the best
``migrants`` of each island are copied to the next in the ring. Seeds are common ancestors: they live on all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asi_evolve.sampling.inspirations import good_and_different
from asi_evolve.sampling.options import option
from asi_evolve.sampling.protocol import Selection, State
from asi_evolve.sampling.ranking import eligible, eligible_at

if TYPE_CHECKING:
    import numpy as np

    from asi_evolve.domain import Feature
    from asi_evolve.history import History


@dataclass(frozen=True, slots=True)
class IslandsOptions:
    """Keys under ``[sampler]`` for ``islands``."""

    islands: int = option(4, 1, 64)
    """How many populations."""
    capacity: int = option(20, 1, 200)
    """How many of its best an island keeps as possible parents."""
    migrate_every: int = option(20, 1, 1_000_000)
    """Completed rounds of the whole run between two migrations."""
    migrants: int = option(1, 0, 200)
    """How many of each island's best are copied to the next island."""
    tournament: int = option(3, 1, 200)
    """The parent is the best of this many uniform draws (with replacement): 1 is uniform."""
    inspirations: int = option(3, 0, 20)
    """How many inspirations (of the same island) to show."""


class Islands:
    """A ring of populations with tournament selection and migration."""

    name = "islands"

    def __init__(self, options: IslandsOptions, features: tuple[Feature, ...] = ()) -> None:
        self.options = options
        self.features = features

    def init(self) -> State:
        """``turn``: selections so far; ``done``: completed rounds; ``migrations``: how many there were;
        ``islands``: for each island the indices of its members, best first.
        """
        return {"turn": 0, "done": 0, "migrations": 0, "islands": [[] for _ in range(self.options.islands)]}

    def select(self, state: State, history: History, rng: np.random.Generator) -> tuple[Selection, State]:
        """A tournament on the island whose turn it is; an island without members passes to the next."""
        after = {**state, "turn": state["turn"] + 1}
        islands: list[list[int]] = state["islands"]
        for step in range(len(islands)):
            number = (state["turn"] + step) % len(islands)
            if islands[number]:
                break
        else:
            return Selection(None, (), {"island": state["turn"] % len(islands)}), after
        members = islands[number]
        # Members are kept best first, so the winner of a tournament is the lowest place drawn.
        parent = members[int(rng.integers(len(members), size=self.options.tournament).min())]
        inspirations = good_and_different(
            history, eligible(history), parent, self.options.inspirations, self.features, pool=members
        )
        return Selection(history.id_of(parent), inspirations, {"island": number}), after

    def update(self, state: State, history: History, index: int) -> State:
        """Settle entry ``index`` on its island (a seed on all), and migrate when it is time."""
        entry = history.entry(index)
        islands: list[list[int]] = [list(members) for members in state["islands"]]
        if eligible_at(history, index) is not None:
            home = entry.sampler_data.get("island")
            settled = home if isinstance(home, int) and 0 <= home < len(islands) else None
            for number in range(len(islands)) if settled is None else (settled,):
                self._settle(islands[number], history, index)
        done, migrations = state["done"] + (entry.round > 0), state["migrations"]
        if entry.round > 0 and done % self.options.migrate_every == 0 and len(islands) > 1:
            leaving = [members[: self.options.migrants] for members in islands]
            for number, travellers in enumerate(leaving):
                for traveller in travellers:
                    self._settle(islands[(number + 1) % len(islands)], history, traveller)
            migrations += 1
        return {**state, "done": done, "migrations": migrations, "islands": islands}

    def _settle(self, members: list[int], history: History, index: int) -> None:
        """Insert ``index`` by fitness, behind its equals; the worst beyond ``capacity`` drops out."""
        if index in members:
            return
        fitness = history.fitness
        place = next((p for p, member in enumerate(members) if fitness[member] < fitness[index]), len(members))
        members.insert(place, index)
        del members[self.options.capacity :]
