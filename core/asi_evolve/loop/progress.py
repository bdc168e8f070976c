"""Who is told how a run goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from asi_evolve.loop.outcome import RunOutcome
from asi_evolve.records import Experiment, Json

if TYPE_CHECKING:
    from asi_evolve.store import RunInfo


class Progress(Protocol):
    """Told of a run's course in the main thread, after each commit, in commit order."""

    def on_start(self, info: RunInfo, facts: Mapping[str, Json]) -> None:
        """The run is recorded and begins. ``facts``: database, tier, workers, resumed, done, ...."""
        ...

    def on_experiment(self, experiment: Experiment, done: int, total: int, is_best: bool) -> None:
        """An experiment is committed."""
        ...

    def on_note(self, text: str) -> None:
        """Something that a person should know now."""
        ...

    def on_end(self, run: Any) -> None:
        """The run has ended; ``run`` is the :class:`asi_evolve.Run`, its ``outcome`` is set."""
        ...


class Silence:
    """Tells nobody."""

    def on_start(self, info: RunInfo, facts: Mapping[str, Json]) -> None:
        """Nothing."""

    def on_experiment(self, experiment: Experiment, done: int, total: int, is_best: bool) -> None:
        """Nothing."""

    def on_note(self, text: str) -> None:
        """Nothing."""

    def on_end(self, run: Any) -> None:
        """Nothing."""


__all__ = ["Progress", "RunOutcome", "Silence"]
