"""Which questions of a run are recorded: numbers for new ones, and answers that were paid for and not used yet."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from asi_evolve.llm.protocol import Answer
from asi_evolve.records import Json


@dataclass(frozen=True, slots=True)
class PaidAnswer:
    """An answer of a round that was cut off: recorded, paid for, and not yet turned into an experiment."""

    call_id: str
    role: str
    answer: Answer
    about: Mapping[str, Json] = field(default_factory=dict)
    cost_usd: float = 0.0


class CallBook:
    """One for all models of a run. Thread-safe.

    Args:
        paid: Experiment id -> answers of rounds that were cut off, in the order in which they were given.
        numbered: Experiment id -> calls that are recorded for it already.
    """

    def __init__(
        self,
        paid: Mapping[str, Iterable[PaidAnswer]] | None = None,
        numbered: Mapping[str, int] | None = None,
    ) -> None:
        self._paid = {key: list(answers) for key, answers in (paid or {}).items()}
        self._numbers = dict(numbered or {})
        self._lock = threading.Lock()

    def take(self, experiment_id: str, role: str, about: Mapping[str, Json]) -> PaidAnswer | None:
        """The next answer that was paid for in this role before the round was cut off.

        An opinion on a program (``about`` names it) is that of the same program only: the round that is made again may
        have come to another one.
        """
        with self._lock:
            waiting = self._paid.get(experiment_id, [])
            for place, found in enumerate(waiting):
                if found.role == role and found.about.get("program") == about.get("program"):
                    return waiting.pop(place)
        return None

    def number(self, experiment_id: str) -> str:
        """The id of a new call."""
        with self._lock:
            number = self._numbers.get(experiment_id, 0)
            self._numbers[experiment_id] = number + 1
        return f"{experiment_id}.c{number}"
