"""A sampler: the best of a few that are drawn at random (tournament selection, Goldberg and Deb 1991)."""

from dataclasses import dataclass

from asi_evolve import UsageError
from asi_evolve.sampling import Selection


def make_tournament(options, domain):
    """The factory; ``options`` are the further keys of ``[sampler]``."""
    size = options.get("size", 3)
    if set(options) - {"size"} or not isinstance(size, int) or size < 1:
        raise UsageError("[sampler] the tournament sampler takes one key: size, a whole number of at least 1")
    return Tournament(size)


@dataclass(frozen=True)
class Tournament:
    """Pure functions: what must be remembered goes into the state, which is saved with the run."""

    size: int
    name: str = "tournament"

    def init(self):
        return {}

    def select(self, state, history, rng):
        """Draw ``size`` entries that may be parents, with replacement; the fittest is the parent."""
        indices = [i for i in range(len(history)) if history.parentable[i]]
        if not indices:
            return Selection(None), state
        drawn = sorted(int(i) for i in rng.choice(indices, size=self.size))
        winner = max(drawn, key=lambda i: history.fitness[i])
        others = tuple(history.entry(i).experiment_id for i in dict.fromkeys(drawn) if i != winner)
        return Selection(history.entry(winner).experiment_id, others), state

    def update(self, state, history, index):
        return state
