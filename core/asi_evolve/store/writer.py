"""The one thread that writes: many acknowledged writes in one commit.

Writes are queued from any thread; the thread takes what is there, waits a few milliseconds for more, writes it as one
transaction and completes the futures after COMMIT. All writes have stable ids and replace what they wrote before, so a
write that was committed but not acknowledged can be made again.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from asi_evolve.errors import AsiEvolveError, StoreError
from asi_evolve.store.artifacts import ArtifactFolder
from asi_evolve.store.codec import Encoded, Row, now
from asi_evolve.store.connection import convert, is_disk_full
from asi_evolve.store.packing import pack
from asi_evolve.store.schema import CHILD_TABLES, column_names, insert_lists_sql, insert_rows_sql

#: Most writes in one commit.
BATCH = 256
#: Seconds that a write waits for others to share its commit: at least ``LINGER``; when writes follow each other fast,
#: ``SHARE`` times what the last commit took, so that committing fills a small part of the time whatever the disk; never
#: more than ``LONGEST``. Nobody is told before the commit, so waiting loses nothing that was acknowledged.
LINGER, SHARE, LONGEST = 0.005, 8.0, 0.5
#: Up to this many rows are inserted value by value.
_FEW = 6

Call: TypeAlias = Callable[[duckdb.DuckDBPyConnection], Any]


@dataclass(slots=True)
class Batch:
    """Rows of one transaction, by table; a later row of the same key takes the place of an earlier one."""

    begun: dict[str, Row] = field(default_factory=dict)
    records: dict[str, Encoded] = field(default_factory=dict)
    states: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Run -> (JSON, id of the experiment it belongs to, or empty)."""
    events: list[Row] = field(default_factory=list)
    cognition: dict[tuple[str, str], Row] = field(default_factory=dict)
    llm_calls: dict[str, Row] = field(default_factory=dict)
    embeddings: dict[tuple[str, str, str], Row] = field(default_factory=dict)
    new_runs: dict[str, Row] = field(default_factory=dict)
    run_updates: list[tuple[str, Row]] = field(default_factory=list)


@dataclass(slots=True)
class _Op:
    future: Future[Any]
    apply: Callable[[Batch], None] | None = None
    call: Call | None = None
    transaction: bool = True


class _Acknowledgement(Future[None]):
    """Asking for the result of a write that is not committed yet makes the writer commit at once."""

    def __init__(self, hurry: Callable[[], None]) -> None:
        super().__init__()
        self._hurry = hurry

    def result(self, timeout: float | None = None) -> None:
        """See ``concurrent.futures``."""
        if not self.done():
            self._hurry()
        return super().result(timeout)


#: In the queue: whoever put it waits for what was put before.
_HURRY = _Op(Future())


class Writer:
    """Owns a cursor of the connection and the counters ``seq`` and ``event_id``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, artifacts: ArtifactFolder) -> None:
        self._connection = connection.cursor()
        self._path = path
        self._artifacts = artifacts
        self._queue: queue.SimpleQueue[_Op | None] = queue.SimpleQueue()
        self._seq = self._highest("SELECT max(seq) FROM experiments")
        self._event = self._highest("SELECT max(event_id) FROM events")
        self._has_state: set[str] = set()
        self._new_state: set[str] = set()
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="asi-evolve-writer", daemon=True)
        self._thread.start()

    def _highest(self, sql: str) -> int:
        [row] = self._connection.execute(sql).fetchall()
        return int(row[0]) if row[0] is not None else 0

    # -- any thread

    def submit(self, apply: Callable[[Batch], None]) -> Future[None]:
        """Queue rows; the future is done after their COMMIT, or holds a StoreError or DiskFullError.

        They wait a moment for others to share the commit, unless somebody waits for the future's result.
        """
        return self._put(_Op(_Acknowledgement(self._hurry), apply=apply))

    def call(self, function: Call) -> Future[Any]:
        """Queue ``function(connection)``, run after all earlier writes in a transaction of its own."""
        return self._put(_Op(Future(), call=function))

    def exclusive(self, function: Call) -> Any:
        """Run ``function(connection)`` after all earlier writes, outside a transaction, and wait for it."""
        return self._put(_Op(Future(), call=function, transaction=False)).result()

    def _put(self, op: _Op) -> Future[Any]:
        if op.call is not None and threading.current_thread() is self._thread:
            raise RuntimeError("the writer cannot wait for itself: do not flush inside a future's callback")
        with self._lock:
            if self._closed:
                raise StoreError(f"the database {self._path} was closed; open it again before writing")
            self._queue.put(op)
        return op.future

    def _hurry(self) -> None:
        with self._lock:
            if not self._closed:
                self._queue.put(_HURRY)

    def close(self) -> None:
        """Write what is queued and end the thread."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        with contextlib.suppress(duckdb.Error):
            self._connection.close()

    # -- the thread

    def _run(self) -> None:
        earliest = 0.0
        while True:
            op = self._queue.get()
            if op is None:
                return
            if op is _HURRY:
                continue
            ops, stop = [op], False
            deadline = max(time.monotonic() + LINGER, earliest)
            while ops[-1].call is None and len(ops) < BATCH:
                try:
                    following = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
                except queue.Empty:
                    break
                if following is None:
                    stop = True
                    break
                if following is _HURRY:
                    break
                ops.append(following)
            call = ops.pop() if ops[-1].call is not None else None
            begun = time.monotonic()
            self._write(ops)
            ended = time.monotonic()
            earliest = ended + min(LONGEST, SHARE * (ended - begun))
            if call is not None:
                self._exclusive(call)
            if stop:
                return

    def _write(self, ops: list[_Op]) -> None:
        if not ops:
            return
        try:
            batch = Batch()
            for op in ops:
                assert op.apply is not None
                op.apply(batch)
            self._transaction(lambda _: self.write_batch(batch))
        except BaseException as exc:
            # One bad write must not take its neighbours with it, so each is tried by itself; a full disk fails all.
            if len(ops) > 1 and not is_disk_full(exc):
                for op in ops:
                    self._write([op])
                return
            error = convert(exc, self._path)
            for op in ops:
                _finish(op.future, error=error)
            return
        for op in ops:
            _finish(op.future)

    def _exclusive(self, op: _Op) -> None:
        assert op.call is not None
        try:
            result = self._transaction(op.call) if op.transaction else op.call(self._connection)
        except BaseException as exc:
            _finish(op.future, error=convert(exc, self._path))
        else:
            _finish(op.future, result)

    def _transaction(self, body: Call) -> Any:
        seq, event = self._seq, self._event
        for attempt in range(6):
            try:
                self._connection.execute("BEGIN TRANSACTION")
                self._new_state.clear()
                result = body(self._connection)
                self._connection.execute("COMMIT")
                self._has_state |= self._new_state
                return result
            except BaseException as exc:
                self._seq, self._event = seq, event
                with contextlib.suppress(duckdb.Error):
                    self._connection.execute("ROLLBACK")
                # A big query of a reader can hold all of the shared memory for a moment.
                if not isinstance(exc, duckdb.OutOfMemoryException) or attempt == 5:
                    raise
                time.sleep(0.1 * 2**attempt)
        raise AssertionError("unreachable")

    # -- inside a transaction

    def write_batch(self, batch: Batch) -> None:
        """Write all rows of ``batch`` with the writer's cursor, inside the caller's transaction."""
        connection = self._connection
        for row in batch.new_runs.values():
            position = self._highest("SELECT max(position) FROM runs")
            known = connection.execute("SELECT position FROM runs WHERE run_id = ?", [row["run_id"]]).fetchall()
            self._insert("runs", [row | {"position": known[0][0] if known else position + 1}], "OR REPLACE")
        for run_id, changes in batch.run_updates:
            sets = ", ".join(f"{name} = ?" for name in changes)
            connection.execute(f"UPDATE runs SET {sets} WHERE run_id = ?", [*changes.values(), run_id])
        numbers = self._experiments(batch)
        moment = now()
        for run_id, (data, experiment_id) in batch.states.items():
            self._state(run_id, data, numbers.get(experiment_id), moment)
        if batch.events:
            self._insert("events", [row | {"event_id": self._next_event()} for row in batch.events])
        self._insert("cognition", list(batch.cognition.values()), "OR REPLACE")
        self._insert("llm_calls", list(batch.llm_calls.values()), "OR REPLACE")
        self._insert("embeddings", list(batch.embeddings.values()), "OR REPLACE")

    def _experiments(self, batch: Batch) -> dict[str, int]:
        """Write rounds begun and recorded; gives the place in the order of each that was recorded."""
        ids = [*batch.begun, *batch.records]
        if not ids:
            return {}
        connection = self._connection
        # Deleting and inserting is faster than INSERT OR REPLACE, and tells which were there. A finished one that is
        # begun again stays.
        done: dict[str, int] = {}
        removed = connection.execute(
            f"""DELETE FROM experiments WHERE experiment_id IN ({", ".join("?" * len(ids))})
                AND (seq IS NULL OR list_contains(?, experiment_id)) RETURNING experiment_id, seq""",
            [*ids, list(batch.records)],
        ).fetchall()
        done.update({experiment_id: seq for experiment_id, seq in removed if seq is not None})
        kept = {sha: data for encoded in batch.records.values() for sha, data in encoded.artifacts.items()}
        if kept:
            self._artifacts.write(sorted(kept.items()))
            moment = now()
            rows = [{"sha256": sha, "bytes": len(data), "created_at": moment} for sha, data in sorted(kept.items())]
            self._insert("artifacts", rows, "OR IGNORE")
        again = [done[i] for i in batch.records if i in done]
        if again:
            for table in CHILD_TABLES:
                connection.execute(f"DELETE FROM {table} WHERE list_contains($1, seq)", [again])
        numbers: dict[str, int] = {}
        children: dict[str, list[Row]] = {table: [] for table in CHILD_TABLES}
        for experiment_id, encoded in batch.records.items():
            numbers[experiment_id] = seq = done.get(experiment_id) or self._next_seq()
            for table, rows in encoded.children.items():
                children[table] += [row | {"experiment_id": experiment_id, "seq": seq} for row in rows]
        mains = [batch.records[i].main | {"seq": seq, "record": pack(batch.records[i])} for i, seq in numbers.items()]
        self._insert("experiments", mains)
        self._insert("experiments", [row | {"seq": None, "record": None} for row in batch.begun.values()], "OR IGNORE")
        for table, rows in children.items():
            self._insert(table, rows)
        return numbers

    def _state(self, run_id: str, data: str, seq: int | None, moment: str) -> None:
        if run_id in self._has_state:
            sql = "UPDATE state SET seq = coalesce(?, seq), data = ?, updated_at = ? WHERE run_id = ?"
            self._connection.execute(sql, [seq, data, moment, run_id])
        else:
            row = {"run_id": run_id, "seq": seq, "data": data, "updated_at": moment}
            self._insert("state", [row], "OR REPLACE")
            self._new_state.add(run_id)

    def _insert(self, table: str, rows: list[Row], mode: str = "") -> None:
        names = column_names(table)
        if 0 < len(rows) <= _FEW:
            self._connection.execute(insert_rows_sql(table, len(rows), mode), [row[n] for row in rows for n in names])
        elif rows:
            self._connection.execute(insert_lists_sql(table, mode), [[row[n] for row in rows] for n in names])

    def take_seqs(self, count: int) -> int:
        """Reserve ``count`` numbers of the order of completion, inside the caller's transaction; gives the first."""
        self._seq += count
        return self._seq - count + 1

    def _next_seq(self) -> int:
        return self.take_seqs(1)

    def _next_event(self) -> int:
        self._event += 1
        return self._event


def _finish(future: Future[Any], result: Any = None, error: AsiEvolveError | None = None) -> None:
    # The caller may have cancelled it; the write stands either way.
    with contextlib.suppress(InvalidStateError):
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
