"""Ceilings for a whole run: wall time, CPU time, money and tokens, and the meter that counts against them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


class BudgetReached(Exception):  # noqa: N818 - not a fault: a signal to unwind, like StopIteration
    """What comes next may cost more than is left. The round in flight is not recorded; a resume goes on with it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Money and tokens set aside for a question to a model that is under way: the most that it may cost."""

    usd: float
    tokens: int


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
        usd, tokens: What models had cost before (at resume).
        clock: Monotonic seconds; replaced in tests.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        cpu_s: float = 0.0,
        usd: float = 0.0,
        tokens: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.budget = budget
        self._clock = clock
        self._started = clock()
        self._lock = threading.Lock()
        self._cpu_s = cpu_s
        self._usd = usd
        self._tokens = tokens
        self._held_usd = 0.0
        self._held_tokens = 0
        self._refused: str | None = None

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

    def hold(self, *, usd: float, tokens: int) -> Hold:
        """Set aside the most that one question to a model may cost, before it is asked.

        So the ceilings hold whatever the answer costs and however many questions are under way.

        Raises:
            BudgetReached: If it may cost more than is left. The run then counts as being at its ceiling.
        """
        with self._lock:
            budget = self.budget
            left_usd = None if budget.usd is None else budget.usd - self._usd - self._held_usd
            left_tokens = None if budget.tokens is None else budget.tokens - self._tokens - self._held_tokens
            reason = None
            if left_usd is not None and usd > left_usd:
                reason = (
                    f"the money budget of {budget.usd:g} USD does not cover a further answer: {max(left_usd, 0.0):.4g} "
                    f"USD are left and it may cost {usd:.4g}"
                )
            elif left_tokens is not None and tokens > left_tokens:
                reason = (
                    f"the budget of {budget.tokens} tokens does not cover a further answer: {max(left_tokens, 0)} are "
                    f"left and it may take {tokens}"
                )
            if reason is not None:
                self._refused = reason
                raise BudgetReached(reason)
            self._held_usd += usd
            self._held_tokens += tokens
        return Hold(usd, tokens)

    def settle(self, hold: Hold, *, usd: float, tokens: int) -> None:
        """Count what a question really cost in place of what was set aside for it."""
        with self._lock:
            self._held_usd = max(0.0, self._held_usd - hold.usd)
            self._held_tokens -= hold.tokens
            self._usd += usd
            self._tokens += tokens

    @property
    def model_use(self) -> tuple[float, int]:
        """US dollars and tokens of models so far."""
        with self._lock:
            return self._usd, self._tokens

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
            return self._refused
