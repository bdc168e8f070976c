"""A run as its user sees it: read access, live or finished."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asi_evolve.loop.outcome import RunOutcome
from asi_evolve.records import Experiment, Lesson
from asi_evolve.store import SPEND, Reader, RunInfo, open_reader

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class Run:
    """Read access to one run. The database is opened for each question and closed again, so it never stands in
    the way of a process that writes; while a run is live, its owner answers.

    Attributes:
        run_id: Six hexadecimal digits.
        db: Path of the database.
        outcome: How it ended, for the process that ran it; None for a run that was merely opened.
    """

    def __init__(self, run_id: str, db: str | Path, outcome: RunOutcome | None = None) -> None:
        self.run_id = run_id
        self.db = Path(db)
        self.outcome = outcome

    def __repr__(self) -> str:
        info = self.info
        return f"<Run {self.run_id} of {info.plugin}, {info.status}, {self.db}>"

    @property
    def info(self) -> RunInfo:
        """Plugin, seed, settings, status: what is recorded about the run itself."""
        with self._reader() as reader:
            return reader.run_info(self.run_id)

    def best(self) -> Experiment | None:
        """The experiment with the highest measured value, or None if nothing is valid."""
        with self._reader() as reader:
            found = reader.best(self.run_id)
            return reader.experiment(found) if found is not None else None

    def experiment(self, ref: str | int) -> Experiment:
        """One experiment: an id or its prefix, a round number, or ``"best"``.

        Raises:
            NotFoundError: If there is none.
        """
        with self._reader() as reader:
            return reader.experiment(reader.resolve_experiment(str(ref), self.run_id))

    def outputs(self, ref: str | int) -> dict[int, dict[str, Any]]:
        """The arrays and JSON values that an experiment returned, by replicate; empty if they were not kept."""
        with self._reader() as reader:
            return reader.outputs(reader.resolve_experiment(str(ref), self.run_id))

    def rows(self) -> list[dict[str, Any]]:
        """One flat dictionary for each experiment, in completion order."""
        with self._reader() as reader:
            return reader.rows(self.run_id)

    def lineage(self, ref: str | int) -> list[Experiment]:
        """The chain of main parents that leads to an experiment, the seed first."""
        with self._reader() as reader:
            chain = reader.lineage(reader.resolve_experiment(str(ref), self.run_id))
            return [reader.experiment(row["experiment_id"]) for row in chain]

    def lessons(self) -> list[Lesson]:
        """What the analyzer wrote down, oldest first."""
        with self._reader() as reader:
            return reader.lessons(self.run_id)

    def events(self) -> list[dict[str, Any]]:
        """Interruptions, resumes, rechecks."""
        with self._reader() as reader:
            return reader.events(self.run_id)

    def provenance(self) -> dict[str, dict[str, float]]:
        """Shares of the classes cognition, experience and novel: for all rounds, the best 10%, and each third.

        Each inner dictionary has the three shares (0 to 1) and ``n``, the number of rounds that they are of.
        """
        with self._reader() as reader:
            return {name: _shares(counts) for name, counts in reader.provenance_counts(self.run_id).items()}

    def statuses(self) -> dict[str, int]:
        """How many rounds ended how: ``valid``, ``invalid`` or the kind of failure, most frequent first."""
        with self._reader() as reader:
            return reader.statuses(self.run_id)

    def cpu_seconds(self) -> float:
        """CPU seconds of all recorded executions of candidates."""
        with self._reader() as reader:
            return reader.cpu_seconds(self.run_id)

    def spend(self) -> dict[str, float]:
        """What models took: ``calls``, ``failed``, ``input_tokens``, ``cached_tokens``, ``output_tokens``, ``usd``.

        ``cached_tokens`` are those of the tokens in that came from the provider's cache. All are 0 without a model.
        """
        with self._reader() as reader:
            return reader.spend().get(self.run_id) or dict.fromkeys(SPEND, 0)

    def table(self, sql: str, params: Sequence[Any] = (), timeout_s: float = 300) -> pa.Table:
        """The answer to a SELECT over the whole database, as an Arrow table; see ``Reader.user_sql``.

        It runs in a process of its own, so that no query can take the memory of a run or keep it from going on; while
        the run is live it reads a copy of the database.

        Args:
            sql: One SELECT.
            params: Values of its placeholders.
            timeout_s: Seconds that it may take.

        Raises:
            UsageError: It is refused, fails, or takes too long or too much memory.
        """
        with self._reader() as reader:
            return reader.user_sql(sql, timeout_s, params)

    def to_arrow(self) -> pa.Table:
        """One row for each experiment of the run."""
        from asi_evolve.api.tables import experiments_table

        return experiments_table(self.rows())

    def to_df(self) -> pd.DataFrame:
        """One row for each experiment of the run, as a pandas data frame.

        Raises:
            MissingExtraError: If pandas is not installed.
        """
        try:
            import pandas  # noqa: F401 - only to say what is missing
        except ImportError:
            from asi_evolve.errors import MissingExtraError, install_hint

            raise MissingExtraError(f"to_df() needs pandas: {install_hint('dataframes')}") from None
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    @contextmanager
    def _reader(self) -> Iterator[Reader]:
        reader = open_reader(self.db)
        try:
            yield reader
        finally:
            reader.close()


def open_run(run: str = "latest", db: str | Path = "asievolve.duckdb") -> Run:
    """Open a recorded run.

    Args:
        run: A run id, a unique prefix of one, or ``"latest"``.
        db: Path of the database.

    Raises:
        NotFoundError: If there is no such run or database.
        StoreError: If the database cannot be read.
    """
    reader = open_reader(Path(db))
    try:
        return Run(reader.resolve_run(run), db)
    finally:
        reader.close()


def _shares(counts: Mapping[str | None, int]) -> dict[str, float]:
    total = sum(counts.values())
    shares = {name: counts.get(name, 0) / max(1, total) for name in ("cognition", "experience", "novel")}
    return {**shares, "n": float(total)}
