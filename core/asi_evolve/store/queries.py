"""Everything that can be asked of a database, over any backend: the writer's own, a file, or a live owner."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asi_evolve.errors import NotFoundError, did_you_mean
from asi_evolve.records import CognitionItem, Data, Experiment, Lesson
from asi_evolve.store.artifacts import ArtifactFolder
from asi_evolve.store.codec import RUN_JSON, Encoded, Row
from asi_evolve.store.decode import decode, decode_lesson
from asi_evolve.store.jsonio import loads
from asi_evolve.store.past import PastQueries
from asi_evolve.store.runinfo import RunInfo
from asi_evolve.store.schema import CHILD_TABLES, column_names, main_columns

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_ROW_COLUMNS = (
    "experiment_id", "run_id", "seq", "round", "stage", "backend", "origin", "status", "value", "fitness", "valid",
    "stderr", "replicates", "attested", "feedback", "features", "parents", "motivation", "expected_effect",
    "provenance_class", "notes", "sampler_data", "error", "tier", "truncated", "wall_s", "cpu_s", "peak_memory_mb",
    "created_at",
)  # fmt: skip
#: What models took, in this order.
SPEND = ("calls", "failed", "input_tokens", "cached_tokens", "output_tokens", "usd")
_SUFFIX = re.compile(r"^(?:\d+|[sb]\d+)$")


def _split(row: Row, names: Sequence[str]) -> Row:
    for name in names:
        row[name] = loads(row[name]) if row[name] is not None else {}
    return row


class Queries(PastQueries):
    """Read access. All methods may be called from any thread; unknown ids raise NotFoundError, with near ones."""

    path: Path
    """The database file."""
    artifacts: ArtifactFolder

    @abstractmethod
    def table(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """The result of one of our own queries (``$1`` or ``?`` placeholders) as an Arrow table."""

    @abstractmethod
    def user_sql(self, sql: str, timeout_s: float = 30, params: Sequence[Any] = ()) -> pa.Table:
        """The result of one SELECT written by a user: read-only, locked down, in a process of its own.

        While a run is live it reads a copy of the database, made for it and removed afterwards.

        Args:
            sql: One SELECT.
            timeout_s: Seconds that it may take; above 0, at most 86,400.
            params: Values of its placeholders (``?`` or ``$1``): numbers, texts, lists of them, None.

        Raises:
            UsageError: it is not one SELECT, fails, reaches outside the database, takes longer than ``timeout_s``, or
                more memory than 3 GiB, or its result more than 256 MiB.
            StoreError: a run is live, and there is no room for a copy.
        """

    def _dicts(self, sql: str, params: Sequence[Any], names: Sequence[str]) -> list[Row]:
        return [dict(zip(names, row, strict=True)) for row in self._rows(sql, params)]

    def _select(self, table: str, where: str, params: Sequence[Any]) -> list[Row]:
        names = column_names(table)
        return self._dicts(f"SELECT {', '.join(names)} FROM {table} {where}", params, names)

    # -- runs

    def runs(self) -> list[RunInfo]:
        """All runs, oldest first."""
        found = []
        for row in self._select("runs", "ORDER BY position", ()):
            del row["position"]
            found.append(RunInfo(**_split(row, RUN_JSON)))
        return found

    def run_info(self, run_id: str) -> RunInfo:
        """One run by its whole id."""
        rows = self._select("runs", "WHERE run_id = $1", [run_id])
        if not rows:
            self.resolve_run(run_id)
            raise self._no_run(run_id)
        del rows[0]["position"]
        return RunInfo(**_split(rows[0], RUN_JSON))

    def _run_ids(self) -> list[str]:
        return [row[0] for row in self._rows("SELECT run_id FROM runs ORDER BY position")]

    def _no_run(self, text: str) -> NotFoundError:
        ids = self._run_ids()
        if not ids:
            return NotFoundError(f"there is no run in {self.path}; start one with `asievolve run`")
        near = did_you_mean(text, ids) or f"; the newest is {ids[-1]!r}"
        return NotFoundError(f"there is no run {text!r} in {self.path}{near}; `asievolve status` lists them")

    def resolve_run(self, text: str | None) -> str:
        """The id that ``text`` means: None or ``latest`` for the newest run, a whole id, or the unique start of one.

        Raises:
            NotFoundError: none or several fit.
        """
        ids = self._run_ids()
        if text is None or text == "latest":
            if not ids:
                raise self._no_run("latest")
            return ids[-1]
        if text in ids:
            return text
        fits = [run_id for run_id in ids if text and run_id.startswith(text)]
        if len(fits) > 1:
            raise NotFoundError(f"{text!r} could be any of the runs {', '.join(fits[:6])}; give more digits")
        if not fits:
            raise self._no_run(text)
        return fits[0]

    # -- experiments

    def resolve_experiment(self, text: str, run_id: str | None = None) -> str:
        """The id that ``text`` means.

        A whole id (``RUN.N``, the run's id may be shortened); ``best``, a bare round number, ``s0`` or ``b0`` of the
        run ``run_id`` (default: the newest); or the unique start of an id.

        Raises:
            NotFoundError: none or several fit, or the run has no valid experiment yet (``best``).
        """
        if not text:
            raise NotFoundError("give an experiment's id, for example 'best' or the number of a round")
        if self._rows("SELECT 1 FROM experiments WHERE experiment_id = $1", [text]):
            return text
        if text == "best":
            run = self.resolve_run(run_id)
            found = self.best(run)
            if found is None:
                raise NotFoundError(f"the run {run} has no valid experiment yet, so no best one")
            return found
        if _SUFFIX.match(text):
            wanted = f"{self.resolve_run(run_id)}.{text}"
        elif "." in text:
            run_text, _, suffix = text.partition(".")
            wanted = f"{self.resolve_run(run_text)}.{suffix}"
        else:
            wanted = text
        if self._rows("SELECT 1 FROM experiments WHERE experiment_id = $1", [wanted]):
            return wanted
        fits = self._rows(
            "SELECT experiment_id FROM experiments WHERE starts_with(experiment_id, $1) LIMIT 2",
            [wanted],
        )
        if len(fits) == 1:
            return str(fits[0][0])
        raise self._no_experiment(text, wanted)

    def _no_experiment(self, text: str, wanted: str) -> NotFoundError:
        run_id = wanted.partition(".")[0]
        ids = [
            row[0]
            for row in self._rows(
                "SELECT experiment_id FROM experiments WHERE run_id = $1 OR $2 ORDER BY round, 1 LIMIT 5000",
                [run_id, not self._rows("SELECT 1 FROM runs WHERE run_id = $1", [run_id])],
            )
        ]
        near = did_you_mean(wanted, ids)
        if not near and ids:
            near = f"; there are {ids[0]} to {ids[-1]}" if len(ids) > 1 else f"; there is {ids[0]}"
        return NotFoundError(f"there is no experiment {text!r} in {self.path}{near}")

    def _encoded(self, experiment_id: str) -> Encoded | None:
        """The rows of one experiment; None if there is none. Overridden where rows are at hand before the commit."""
        names = main_columns()
        found = self._rows(f"SELECT seq, {', '.join(names)} FROM experiments WHERE experiment_id = $1", [experiment_id])
        if not found:
            return None
        [(seq, *values)] = found
        main: Row = dict(zip(names, values, strict=True))
        children: dict[str, list[Row]] = {table: [] for table in CHILD_TABLES}
        if seq is not None:
            for table in CHILD_TABLES:
                names = column_names(table)[2:]
                order = " ORDER BY position" if "position" in names else ""
                sql = f"SELECT {', '.join(names)} FROM {table} WHERE seq = $1{order}"
                children[table] = self._dicts(sql, [seq], names)
        return Encoded(experiment_id, main["run_id"], main, children)

    def _artifact(self, sha256: str, encoded: Encoded) -> Data:
        return self.artifacts.read(sha256)

    def experiment(self, experiment_id: str) -> Experiment:
        """The whole record.

        Returned data comes with it where it was kept and is still on disk; else ``Execution.outputs`` is None.
        """
        encoded = self._encoded(experiment_id)
        if encoded is None:
            raise self._no_experiment(experiment_id, experiment_id)

        def load(sha256: str) -> Data:
            try:
                return self._artifact(sha256, encoded)
            except NotFoundError:
                return None

        return decode(encoded, load)

    def outputs(self, experiment_id: str) -> dict[int, dict[str, Data]]:
        """Replicate -> what the candidate returned at the last stage it reached.

        Raises:
            NotFoundError: unknown id, nothing was kept, or the file is gone or damaged.
        """
        encoded = self._encoded(experiment_id)
        if encoded is None:
            raise self._no_experiment(experiment_id, experiment_id)
        rows = [row for row in encoded.children["executions"] if row["outputs_ref"]]
        last = [row for row in rows if row["stage"] == encoded.main["stage"]]
        found: dict[int, dict[str, Data]] = {}
        for row in last or rows:
            kept: Any = self._artifact(row["outputs_ref"], encoded)
            if kept["outputs"] is not None:
                found[row["replicate"]] = kept["outputs"]
        if not found:
            raise NotFoundError(
                f"the returned data of {experiment_id} was not kept; raise [store] keep_outputs_kb and run it again"
            )
        return found

    def rows(self, run_id: str, *, unfinished: bool = False, only: Sequence[str] = ()) -> list[dict[str, Any]]:
        """One flat dict for each finished experiment of a run, in completion order; sources left out.

        Keys: the columns of ``experiments`` that matter to people, with ``features``, ``notes`` and ``sampler_data`` as
        dicts, and ``metrics`` (name -> value). ``unfinished`` adds those running or interrupted, at the end. ``only``
        names the keys that are wanted: a whole row takes 10 KB of memory, one of a few keys some hundred bytes.
        """
        extra = "" if unfinished else "AND seq IS NOT NULL"
        return self._flat(f"WHERE run_id = $1 {extra} ORDER BY seq NULLS LAST, round, experiment_id", [run_id], only)

    def _flat(self, where: str, params: Sequence[Any], only: Sequence[str] = ()) -> list[dict[str, Any]]:
        columns = [name for name in _ROW_COLUMNS if not only or name in only]
        found = self._dicts(f"SELECT {', '.join(columns)} FROM experiments {where}", params, columns)
        for row in found:
            _split(row, [name for name in ("features", "notes", "sampler_data") if name in row])
        if only and "metrics" not in only:
            return found
        numbers = [row["seq"] for row in found if row["seq"] is not None]
        metrics: dict[int, dict[str, float]] = {}
        if numbers:
            wanted = set(numbers)
            for seq, name, value in self._rows(
                "SELECT seq, name, value FROM metrics WHERE seq BETWEEN $1 AND $2 ORDER BY seq, position",
                [min(numbers), max(numbers)],
            ):
                if seq in wanted:
                    metrics.setdefault(seq, {})[name] = value
        for row in found:
            row["metrics"] = metrics.get(row["seq"], {})
        return found

    def lineage(self, experiment_id: str) -> list[dict[str, Any]]:
        """The line of main parents down to ``experiment_id``, root first, as in :meth:`rows`."""
        pairs = self._rows(
            """SELECT experiment_id, parents[1] FROM experiments
               WHERE run_id = (SELECT run_id FROM experiments WHERE experiment_id = $1)""",
            [experiment_id],
        )
        parent_of: dict[str, str | None] = dict(pairs)
        if not pairs:
            raise self._no_experiment(experiment_id, experiment_id)
        ids: list[str] = []
        step: str | None = experiment_id
        while step is not None and step in parent_of:
            ids.append(step)
            step = parent_of.pop(step)
        ids.reverse()
        by_id = {row["experiment_id"]: row for row in self._flat("WHERE list_contains($1, experiment_id)", [ids])}
        return [by_id[i] for i in ids]

    # -- what belongs to a run

    def state(self, run_id: str) -> dict[str, Any]:
        """The state recorded with the run's last experiment; empty if there is none."""
        found = self._rows("SELECT data FROM state WHERE run_id = $1", [run_id])
        data = loads(found[0][0]) if found else {}
        return dict(data) if isinstance(data, Mapping) else {}

    def lessons(self, run_id: str) -> list[Lesson]:
        """All lessons of a run, oldest first."""
        return [
            decode_lesson(row) for row in self._select("lessons", "WHERE run_id = $1 ORDER BY seq, position", [run_id])
        ]

    def cognition(self, plugin: str) -> list[CognitionItem]:
        """The items of a domain that are kept in this database, oldest first."""
        found = self._select("cognition", "WHERE plugin = $1 ORDER BY created_at, item_id", [plugin])
        return [
            CognitionItem(
                item_id=row["item_id"],
                title=row["title"],
                insight=row["insight"],
                source=row["source"],
                tags=tuple(row["tags"]),
                blocks=tuple(row["blocks"]),
                origin=row["origin"],
            )
            for row in found
        ]

    def events(self, run_id: str) -> list[dict[str, Any]]:
        """All events of a run, oldest first: ``event_id, run_id, kind, data, created_at``."""
        return [
            _split(row, ("data",)) for row in self._select("events", "WHERE run_id = $1 ORDER BY event_id", [run_id])
        ]

    def llm_calls(self, run_id: str, *, unfinished: bool = False) -> list[dict[str, Any]]:
        """All questions to models of a run, oldest first, as dicts; ``request`` and ``response`` as JSON values.

        ``unfinished``: only those whose experiment is not recorded (yet).
        """
        only = "AND experiment_id NOT IN (SELECT experiment_id FROM experiments WHERE run_id = $1 AND seq IS NOT NULL)"
        where = f"WHERE run_id = $1 {only if unfinished else ''} ORDER BY created_at, call_id"
        found = self._select("llm_calls", where, [run_id])
        for row in found:
            for name in ("request", "response"):
                row[name] = loads(row[name]) if row[name] is not None else None
        return found

    def spend(self) -> dict[str, dict[str, float]]:
        """What models took, run by run; runs without a model are left out. Keys: ``SPEND``."""
        sql = """SELECT run_id, count(*), count(*) FILTER (WHERE status <> 'ok'), sum(input_tokens)::BIGINT,
                     sum(cached_tokens)::BIGINT, sum(output_tokens)::BIGINT, sum(cost_usd)
                 FROM llm_calls GROUP BY run_id ORDER BY run_id"""
        return {run_id: dict(zip(SPEND, values, strict=True)) for run_id, *values in self._rows(sql)}

    def embeddings(self, kind: str, model: str) -> tuple[list[str], NDArray[np.float32]]:
        """The kept vectors of a kind by one embedder: their ids, ascending, and float32[n, dim] in the same order."""
        import numpy as np

        found = self._rows(
            "SELECT ref_id, vector FROM embeddings WHERE kind = $1 AND model = $2 ORDER BY ref_id", [kind, model]
        )
        return [row[0] for row in found], np.array([row[1] for row in found], dtype=np.float32)

    def provenance_classes(self, run_id: str) -> dict[str, str]:
        """Experiment id -> ``cognition``, ``experience`` or ``novel``, in completion order."""
        sql = """SELECT experiment_id, provenance_class FROM experiments
                 WHERE run_id = $1 AND seq IS NOT NULL AND provenance_class IS NOT NULL ORDER BY seq"""
        return dict(self._rows(sql, [run_id]))
