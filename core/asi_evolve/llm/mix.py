"""Which of several models writes the next program: by fixed weights, or by what each has gained for its cost.

The bandit is a discounted, optimistic one on the ratio of gain to cost. Its parts are published: rewards above a
baseline for the choice of models in ShinkaEvolve (arXiv 2509.19349), forgetting by a discount (Garivier and Moulines,
2011, arXiv 0805.3415), and an optimistic ratio of reward and cost (Ding, Qin, Zhang and Liu, AAAI 2013). How they are
put together here, and the bounded credit, are our own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from asi_evolve.records import Experiment, Json

#: Share of rounds in which the bandit draws a model evenly, so that none is given up for good.
EXPLORE_EVENLY = 0.1


@dataclass(frozen=True, slots=True)
class Mix:
    """Pure functions over an explicit, JSON-able state, which is saved with each experiment.

    Round r goes to one model: its programs, their repairs, and all that they cost. The *credit* of a round is
    ``g / (g + s)``, in [0, 1): ``g`` is the gain in value over the better of parent and seed at the same stage, 0
    if there is none; ``s`` is the discounted mean of the gains so far. So the credit has no unit, and one lucky leap
    counts at most as one.
    """

    weights: Mapping[str, float]
    """Model, as the settings name it -> its weight."""
    policy: Literal["weighted", "bandit"] = "weighted"
    unit: Literal["usd", "tokens"] = "usd"
    """What cost is counted in; tokens if any of the models has no price, or is free."""
    discount: float = 0.98
    """Factor on what was learned, for each round taken in."""
    explore: float = 0.5
    """Width of the optimism, in units of credit."""

    def init(self) -> dict[str, Any]:
        """The state of a new run."""
        return {"unit": self.unit, "seed": {}, "gains": 0.0, "gain": 0.0, "models": {}}

    def choose(self, state: Mapping[str, Any], seed: int) -> str:
        """The model of a round; all randomness comes from ``seed``."""
        import numpy as np

        rng = np.random.default_rng(seed)
        names = list(self.weights)
        even, draw = rng.random(2)
        if self.policy == "weighted":
            return _drawn(names, [self.weights[name] for name in names], draw)
        if even < EXPLORE_EVENLY:
            return _drawn(names, [1.0] * len(names), draw)
        index = self.indices(state)
        best = max(index.values())
        return _drawn([name for name in names if index[name] == best], None, draw)

    def indices(self, state: Mapping[str, Any]) -> dict[str, float]:
        """What the bandit compares: ``(credit + explore * sqrt(ln(1 + N) / n)) / cost``, means of a round.

        A model that was not tried has infinity.
        """
        known = {name: state["models"].get(name, {}) for name in self.weights}
        total = sum(row.get("rounds", 0.0) for row in known.values())
        found = {}
        for name, row in known.items():
            rounds, cost = row.get("rounds", 0.0), row.get("cost", 0.0)
            if not rounds:
                found[name] = math.inf
                continue
            optimism = self.explore * math.sqrt(math.log1p(total) / rounds)
            # A round may cost nothing when no answer came; it is taken for a cheap one, not for a free one.
            found[name] = (row.get("credit", 0.0) / rounds + optimism) / max(cost / rounds, self._least(known))
        return found

    def _least(self, known: Mapping[str, Mapping[str, float]]) -> float:
        """A hundredth of the dearest model's cost of a round; 1 where none has cost anything."""
        costs = [row["cost"] / row["rounds"] for row in known.values() if row.get("rounds")]
        return max(costs, default=0.0) / 100 or 1.0

    def update(self, state: Mapping[str, Any], experiment: Experiment, parent: Experiment | None) -> dict[str, Any]:
        """Learn from a finished experiment; returns the new state."""
        value = experiment.value
        if experiment.candidate.origin == "seed" and value is not None:
            seed = {**state["seed"], experiment.stage: max(value, state["seed"].get(experiment.stage, -math.inf))}
            return {**state, "seed": seed}
        spent = [row for row in _rows(experiment.notes.get("models")) if row["model"] in self.weights]
        if not spent:
            return dict(state)
        gain = self._gain(state, experiment, parent)
        kept = {key: state[key] * self.discount for key in ("gains", "gain")}
        if gain > 0.0:
            kept = {"gains": kept["gains"] + 1.0, "gain": kept["gain"] + gain}
        credit = gain / (gain + kept["gain"] / kept["gains"]) if gain > 0.0 else 0.0
        models = {
            name: {key: value * self.discount for key, value in row.items()} for name, row in state["models"].items()
        }
        # The last one that was asked wrote what was measured; after an interruption there may have been another before.
        writer = spent[-1]["model"]
        for row in spent:
            mine = models.setdefault(row["model"], {"rounds": 0.0, "credit": 0.0, "cost": 0.0})
            mine["cost"] += float(row[self.unit])
        models[writer]["rounds"] += 1.0
        models[writer]["credit"] += credit
        return {**state, **kept, "models": models}

    @staticmethod
    def _gain(state: Mapping[str, Any], experiment: Experiment, parent: Experiment | None) -> float:
        """Value above the better of parent and seed. Values of two stages are not compared."""
        if experiment.value is None:
            return 0.0
        before = [state["seed"].get(experiment.stage)]
        if parent is not None and parent.stage == experiment.stage:
            before.append(parent.value)
        known = [value for value in before if value is not None]
        gain = experiment.value - max(known) if known else 0.0
        return gain if math.isfinite(gain) and gain > 0.0 else 0.0


def _rows(notes: Json) -> list[dict[str, Any]]:
    """What a round spent on its models, as the record has it."""
    return [row for row in notes if isinstance(row, dict)] if isinstance(notes, list) else []


def _drawn(names: Sequence[str], weights: Sequence[float] | None, draw: float) -> str:
    """One of ``names`` by a number from [0, 1)."""
    parts = list(weights) if weights is not None else [1.0] * len(names)
    left = draw * sum(parts)
    for name, part in zip(names, parts, strict=True):
        left -= part
        if left < 0.0:
            return name
    return names[-1]
