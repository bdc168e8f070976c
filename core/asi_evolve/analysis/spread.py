"""The run's scale: how far scores lie apart, and how long it is since the last improvement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asi_evolve.history import History

#: Experiments that the spread is measured on; older ones say little about where the search is now.
_WINDOW = 64


@dataclass(frozen=True, slots=True)
class Scale:
    """Of the last valid experiments."""

    spread: float
    """Interquartile range of values, or the whole range where that is 0; 0 if there are fewer than two values."""
    count: int
    since_best: int
    """Finished experiments since the last new best value."""

    def units(self, difference: float) -> float:
        """A difference of scores in units of the spread; 0 if there is no spread yet."""
        return difference / self.spread if self.spread > 0 else 0.0


def measure(history: History) -> Scale:
    """The scale of a run as it stands."""
    n = len(history)
    values = history.values[max(0, n - _WINDOW) :]
    values = values[np.isfinite(values)]
    spread = 0.0
    if len(values) > 1:
        low, high = np.percentile(values, [25, 75])
        spread = float(high - low) or float(values.max() - values.min())
    best = history.best()
    since = n - 1 - best.index if best is not None else n
    return Scale(spread, len(values), since)
