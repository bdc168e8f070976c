"""The display on a terminal: a progress bar, the best so far and why it is better, the last rounds."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from asi_evolve.cli.progress.lines import (
    cpu_s,
    head_line,
    notes_at_start,
    operator,
    outcome_text,
    reason,
    round_label,
    tier,
)
from asi_evolve.cli.progress.plain import PlainProgress, best_so_far
from asi_evolve.records import Experiment, Json
from asi_evolve.report.text import number, one_line, printable

if TYPE_CHECKING:
    from asi_evolve.store import RunInfo

#: Rounds that the table shows.
_RECENT = 10


class LiveProgress(PlainProgress):
    """Repaints a few lines at the bottom of the terminal; notes scroll away above it."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._console = Console(file=stream, markup=False, highlight=False, emoji=False)
        self._bar = Progress(
            TextColumn("rounds"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=self._console
        )
        self._task = self._bar.add_task("rounds", total=None)
        self._recent: deque[tuple[Experiment, bool]] = deque(maxlen=_RECENT)
        self._champion: Experiment | None = None
        self._abandoned = False
        self._counts: dict[str, int] = {}
        #: The display is repainted by a thread of its own.
        self._lock = threading.Lock()
        self._live = Live(console=self._console, refresh_per_second=4, get_renderable=self._render)

    def on_start(self, info: RunInfo, facts: Mapping[str, Json]) -> None:
        """Print the head line and start repainting."""
        self._console.print(Text(f"run {info.run_id}", style="bold"), Text(printable(head_line(info, facts))))
        for note in notes_at_start(info, facts):
            self.on_note(note)
        if facts.get("resumed"):
            self._champion = best_so_far(info, facts)
            self.best = self._champion.value if self._champion is not None else None
        self._bar.update(self._task, total=info.rounds, completed=int(facts.get("done") or 0))
        self._live.start()

    def on_experiment(self, experiment: Experiment, done: int, total: int, is_best: bool) -> None:
        """Remember it for the next repaint."""
        status = "valid" if experiment.valid else experiment.status if experiment.status != "ok" else "invalid"
        with self._lock:
            if is_best:
                self.best, self._champion = experiment.value, experiment
            self._counts[status] = self._counts.get(status, 0) + 1
            self._recent.append((experiment, is_best))
        self._bar.update(self._task, completed=done, total=total)

    def on_note(self, text: str) -> None:
        """Print it above the display."""
        self._console.print(Text(f"note: {printable(text, keep_newlines=False)}", style="yellow"))

    def on_end(self, run: Any) -> None:
        """Stop repainting."""
        self.close()

    def abandon(self) -> None:
        """Nobody reads: the thread that repaints is left where it waits."""
        self._abandoned = True
        super().abandon()

    def close(self) -> None:
        """Give the terminal back; safe to call twice."""
        if self._live.is_started and not self._abandoned:
            self._live.stop()

    def _render(self) -> RenderableType:
        with self._lock:
            return self._paint()

    def _paint(self) -> RenderableType:
        parts: list[RenderableType] = [self._bar]
        counts = ", ".join(f"{count} {status}" for status, count in sorted(self._counts.items()))
        if counts:
            parts.append(Text(counts, style="dim"))
        if self._champion is not None:
            best = Text("best so far ", style="bold")
            best.append(number(self.best), style="bold green")
            best.append(f"  {self._champion.experiment_id}")
            parts += [best, Text(one_line(self._champion.candidate.motivation, 200), style="italic")]
        parts.append(self._table())
        return Group(*parts)

    def _table(self) -> Table:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=True)
        table.add_column("round", justify="right", no_wrap=True, min_width=8)
        table.add_column("value", no_wrap=True, min_width=12)
        table.add_column("what was done", no_wrap=True, ratio=1, overflow="ellipsis")
        table.add_column("cpu s", justify="right", no_wrap=True, min_width=6)
        table.add_column("tier", no_wrap=True, min_width=4)
        for experiment, is_best in self._recent:
            text = reason(experiment) or one_line(experiment.candidate.motivation, 120)
            style = "green" if is_best else "" if experiment.valid else "red"
            table.add_row(
                round_label(experiment),
                Text(outcome_text(experiment), style=style),
                Text(f"{operator(experiment)}: {text}", overflow="ellipsis"),
                f"{cpu_s(experiment):.1f}",
                tier(experiment),
            )
        return table
