"""One line a round: what is printed to a file, a pipe or a log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from asi_evolve.cli.progress.lines import head_line, notes_at_start, round_line
from asi_evolve.cli.shared import silence_unread
from asi_evolve.errors import AsiEvolveError
from asi_evolve.records import Experiment, Json
from asi_evolve.report.text import printable

if TYPE_CHECKING:
    from asi_evolve.store import RunInfo


class PlainProgress:
    """Writes lines to ``stream``, each flushed, so that ``tail -f`` shows the run as it goes."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.best: float | None = None

    def write(self, line: str) -> None:
        """Write one line of printable text. A reader that went away does not stop the run."""
        try:
            self.stream.write(line + "\n")
            self.stream.flush()
        except (BrokenPipeError, ValueError):
            self.write = lambda line: None  # type: ignore[method-assign]

    def on_start(self, info: RunInfo, facts: Mapping[str, Json]) -> None:
        """The head line and the warnings."""
        self.write(f"run {info.run_id}: {printable(head_line(info, facts), keep_newlines=False)}")
        if facts.get("resumed"):
            champion = best_so_far(info, facts)
            self.best = champion.value if champion is not None else None
            self.write(f"resumed after {facts.get('done', 0)} finished rounds")
        for note in notes_at_start(info, facts):
            self.on_note(note)

    def on_experiment(self, experiment: Experiment, done: int, total: int, is_best: bool) -> None:
        """One line."""
        if is_best:
            self.best = experiment.value
        self.write(round_line(experiment, total, self.best, is_best=is_best))

    def on_note(self, text: str) -> None:
        """One line."""
        self.write(f"note: {printable(text, keep_newlines=False)}")

    def abandon(self) -> None:
        """Nobody reads: say nothing more, so that the command can end."""
        self.write = lambda line: None  # type: ignore[method-assign]
        silence_unread()

    def on_end(self, run: Any) -> None:
        """Nothing: the command prints the summary."""

    def close(self) -> None:
        """Nothing to put back."""


def best_so_far(info: RunInfo, facts: Mapping[str, Json]) -> Experiment | None:
    """The best of the part of a run that was made before; None if there is none or it cannot be read."""
    from asi_evolve.store import open_reader

    try:
        with open_reader(str(facts.get("database", ""))) as reader:
            found = reader.best(info.run_id)
            return reader.experiment(found) if found is not None else None
    except AsiEvolveError:
        return None
