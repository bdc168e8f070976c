"""What the training tells of itself. Measured in the jail, so it explains a result and never is one."""

from __future__ import annotations

from typing import Any

import numpy as np

NAMES = ("reward", "length", "entropy", "drift", "ratio", "norm")


class Curves:
    """One value per rollout of each of :data:`NAMES`.

    ``reward``: mean graded reward of the sampled answers, without noise. ``length``: tokens of an answer. ``entropy``:
    mean surprise of a token, nats. ``drift``: mean log p - log p_reference, nats a token. ``ratio``: mean |log p - log
    p_old| after the updates. ``norm``: mean norm of the gradient before clipping.
    """

    def __init__(self) -> None:
        self.diverged = 0
        """The rollout at which a gradient was not finite; 0 if none."""
        self._values: dict[str, list[float]] = {name: [] for name in NAMES}

    def add(self, **values: float) -> None:
        """One rollout."""
        for name in NAMES:
            self._values[name].append(values[name])

    def to_data(self) -> dict[str, Any]:
        """Plain data for the way out of the jail."""
        return {
            "diverged": self.diverged,
            **{name: np.array(values, dtype=np.float64) for name, values in self._values.items()},
        }
