"""Ceilings for a whole run: wall time, CPU time, money and tokens, and the meter that counts against them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may spend in all. None means no ceiling."""

    wall_s: float | None = None
    """Seconds of wall time, counted for this process only (a resume starts at zero)."""
    cpu_s: float | None = None
    """CPU seconds of candidates, all resumes of the run together."""
    usd: float | None = None
    tokens: int | None = None


class Meter:
    """Counts what a run spends. Thread-safe.

    Args:
        budget: The ceilings.
        cpu_s: CPU seconds that the run had used before (at resume).
        clock: Monotonic seconds; replaced in tests.
    """

    def __init__(self, budget: Budget, *, cpu_s: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget
        self._clock = clock
        self._started = clock()
        self._lock = threading.Lock()
        self._cpu_s = cpu_s
        self._usd = 0.0
        self._tokens = 0

    @property
    def wall_s(self) -> float:
        """Seconds since the meter was made."""
        return self._clock() - self._started

    @property
    def cpu_s(self) -> float:
        """CPU seconds of candidates so far."""
        with self._lock:
            return self._cpu_s

    def add_cpu(self, seconds: float) -> None:
        """Count CPU seconds of one execution."""
        with self._lock:
            self._cpu_s += seconds

    def add_model_use(self, *, usd: float, tokens: int) -> None:
        """Count one answer of a model."""
        with self._lock:
            self._usd += usd
            self._tokens += tokens

    def exceeded(self) -> str | None:
        """The first ceiling that is reached, in words; None while there is budget left."""
        with self._lock:
            budget = self.budget
            if budget.wall_s is not None and self.wall_s >= budget.wall_s:
                return f"the wall-time budget of {budget.wall_s:g} s is used up"
            if budget.cpu_s is not None and self._cpu_s >= budget.cpu_s:
                return f"the CPU budget of {budget.cpu_s / 3600:g} h is used up"
            if budget.usd is not None and self._usd >= budget.usd:
                return f"the money budget of {budget.usd:g} USD is used up"
            if budget.tokens is not None and self._tokens >= budget.tokens:
                return f"the budget of {budget.tokens} tokens is used up"
        return None
