"""The single writer of a database, which reads it too."""

from __future__ import annotations

import contextlib
import os
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import duckdb

from asi_evolve.errors import StoreError
from asi_evolve.records import CognitionItem, Data, Experiment, Json
from asi_evolve.store import registry
from asi_evolve.store.artifacts import ArtifactFolder
from asi_evolve.store.artifacts import unpack as unpack_artifact
from asi_evolve.store.backend import GoneError, LocalBackend
from asi_evolve.store.codec import Encoded, Row, empty_main, encode, now, run_changes, run_row
from asi_evolve.store.forking import copy_rounds
from asi_evolve.store.jsonio import clean, dumps
from asi_evolve.store.lock import Lock
from asi_evolve.store.packing import unpack
from asi_evolve.store.queries import Queries
from asi_evolve.store.readapi import ReadServer
from asi_evolve.store.runinfo import RunInfo
from asi_evolve.store.spill import Spill
from asi_evolve.store.sqlprocess import copy_of, query
from asi_evolve.store.usersql import check_timeout
from asi_evolve.store.writer import Batch, Writer

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

#: Records kept at hand, as rows, so that the parents of the next rounds need no query.
CACHED = 512


class Store(Queries):
    """The owner of a database: the only one who writes it. Made by ``open_store``; a context manager.

    Writes return a future that is done after COMMIT (or holds a StoreError or DiskFullError); what was recorded can be
    read with :meth:`experiment` at once, everything else after its commit. All methods may be called from any thread.
    """

    def __init__(self, path: Path, lock: Lock, connection: duckdb.DuckDBPyConnection, notes: list[str]) -> None:
        self.path = path
        self.notes = notes
        """One line each on what opening had to do: a migration, a damaged log set aside."""
        self.artifacts = ArtifactFolder(path)
        self.artifacts.clear()
        self._lock_file = lock
        self._connection = connection
        self._backend = LocalBackend(connection)
        self._writer = Writer(connection, path, self.artifacts)
        self._cache: OrderedDict[str, Encoded] = OrderedDict()
        self._spill = Spill(path.parent)
        self._pending: dict[str, Encoded] = {}
        self._mutex = threading.Lock()
        self._closed = False
        self._pid = os.getpid()
        self._server = ReadServer(LocalBackend(connection, guarded=True), self.snapshot)
        lock.publish(self._server.address, self._server.token)
        registry.add_store(self)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def backend(self) -> LocalBackend:
        """For readers of this process."""
        return self._backend

    # -- reading

    def _rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._backend.rows(sql, params)
        except GoneError as exc:
            raise self._was_closed() from exc

    def table(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """See :meth:`Queries.table`."""
        try:
            return self._backend.table(sql, params)
        except GoneError as exc:
            raise self._was_closed() from exc

    def user_sql(self, sql: str, timeout_s: float = 30, params: Sequence[Any] = ()) -> pa.Table:
        """See :meth:`Queries.user_sql`."""
        check_timeout(timeout_s)
        with copy_of(self.path, self.snapshot) as copy:
            return query(copy, sql, params, timeout_s)

    def _was_closed(self) -> StoreError:
        return StoreError(f"the database {self.path} was closed; open it again")

    def _encoded(self, experiment_id: str) -> Encoded | None:
        with self._mutex:
            found = self._pending.get(experiment_id)
            if found is not None:
                return found
            found = self._cache.get(experiment_id) or self._spill.get(experiment_id)
            if found is not None:
                self._remember(found)
                return found
        found = self._packed(experiment_id) or super()._encoded(experiment_id)
        if found is not None and found.main["status"] not in ("running", "interrupted"):
            with self._mutex:
                self._remember(found)
        return found

    def _packed(self, experiment_id: str) -> Encoded | None:
        """From the packed copy: what a run goes back to. Readers, and a replay, look at the columns themselves."""
        found = self._rows("SELECT run_id, record FROM experiments WHERE experiment_id = $1", [experiment_id])
        return unpack(found[0][1], found[0][0]) if found and found[0][1] is not None else None

    def _remember(self, encoded: Encoded) -> None:
        self._cache[encoded.experiment_id] = encoded
        self._cache.move_to_end(encoded.experiment_id)
        while len(self._cache) > CACHED:
            _, oldest = self._cache.popitem(last=False)
            if oldest.experiment_id not in self._spill:
                self._spill.put(oldest)

    def _iter_encoded(self, run_id: str) -> Iterator[Encoded]:
        for encoded in super()._iter_encoded(run_id):
            with self._mutex:
                if encoded.experiment_id not in self._spill:
                    self._spill.put(encoded)
            yield encoded

    def _artifact(self, sha256: str, encoded: Encoded) -> Data:
        data = encoded.artifacts.get(sha256)
        return unpack_artifact(data) if data is not None else self.artifacts.read(sha256)

    # -- writing

    def create_run(self, info: RunInfo) -> Future[None]:
        """Add a run; a run of the same id is replaced."""
        row = run_row(info)

        def apply(batch: Batch) -> None:
            batch.new_runs[info.run_id] = row

        return self._writer.submit(apply)

    def update_run(self, run_id: str, **fields: Any) -> Future[None]:
        """Change fields of a :class:`RunInfo` that was created, for example ``status``, ``reason``, ``ended_at``."""
        row = run_changes(fields)

        def apply(batch: Batch) -> None:
            if row:
                batch.run_updates.append((run_id, row))

        return self._writer.submit(apply)

    def begin_round(
        self, run_id: str, round: int, experiment_id: str, parents: Sequence[str], known: int | None = None
    ) -> Future[None]:
        """Mark a round as in flight; :meth:`record` replaces the mark. Does nothing to a finished experiment."""
        row = empty_main(experiment_id, run_id, round, tuple(parents), known)

        def apply(batch: Batch) -> None:
            if experiment_id not in batch.records:
                batch.begun[experiment_id] = row

        return self._writer.submit(apply)

    def record(
        self,
        experiment: Experiment,
        *,
        state: Mapping[str, Json],
        provenance_class: str | None = None,
        keep_outputs: bool = False,
    ) -> Future[None]:
        """Write an experiment, everything that belongs to it, and the run's ``state``, in one transaction.

        Completion order is the order of these calls. Recording an id again replaces it and keeps its place.

        Args:
            experiment: Finished; lessons without an id get ``EXPERIMENT.l0``, ``.l1``, ...
            state: The sampler's and proposer's state after it, JSON values and small arrays; copied at the call.
            provenance_class: ``cognition``, ``experience`` or ``novel``; None for seeds and baselines.
            keep_outputs: Keep the returned data and emissions of its executions on disk.

        Raises:
            TypeError: it holds more than JSON values and numeric arrays.
            DomainError: a metric is not a number.
        """
        encoded = encode(experiment, provenance_class=provenance_class, keep_outputs=keep_outputs)
        text = dumps(dict(state))

        def apply(batch: Batch) -> None:
            batch.begun.pop(encoded.experiment_id, None)
            batch.records[encoded.experiment_id] = encoded
            batch.states[encoded.run_id] = (text, encoded.experiment_id)

        with self._mutex:
            self._pending[encoded.experiment_id] = encoded
            self._cache.pop(encoded.experiment_id, None)
            self._spill.discard(encoded.experiment_id)
        try:
            future = self._writer.submit(apply)
        except StoreError:
            with self._mutex:
                self._pending.pop(encoded.experiment_id, None)
            raise
        future.add_done_callback(lambda done: self._committed(encoded, done))
        return future

    def _committed(self, encoded: Encoded, done: Future[None]) -> None:
        with self._mutex:
            if self._pending.get(encoded.experiment_id) is not encoded:
                return
            del self._pending[encoded.experiment_id]
            if not done.cancelled() and done.exception() is None:
                encoded.artifacts = {}
                self._remember(encoded)

    def save_state(self, run_id: str, state: Mapping[str, Json]) -> Future[None]:
        """Write a run's state apart from an experiment (for example at a fork)."""
        text = dumps(dict(state))

        def apply(batch: Batch) -> None:
            batch.states[run_id] = (text, "")

        return self._writer.submit(apply)

    def event(self, run_id: str, kind: str, data: Mapping[str, Json]) -> Future[None]:
        """Note that something happened."""
        row: Row = {"run_id": run_id, "kind": kind, "data": dumps(data), "created_at": now()}

        def apply(batch: Batch) -> None:
            batch.events.append(row)

        return self._writer.submit(apply)

    def add_cognition(self, items: Iterable[CognitionItem], plugin: str) -> Future[None]:
        """Keep knowledge items of a domain; an item of the same id is replaced."""
        moment = now()
        rows = {
            (plugin, item.item_id): {
                "plugin": plugin,
                "item_id": item.item_id,
                "title": clean(item.title),
                "insight": clean(item.insight),
                "source": clean(item.source),
                "tags": list(item.tags),
                "blocks": list(item.blocks),
                "origin": item.origin,
                "created_at": moment,
            }
            for item in items
        }

        def apply(batch: Batch) -> None:
            batch.cognition.update(rows)

        return self._writer.submit(apply)

    def add_embeddings(self, kind: str, model: str, ids: Sequence[str], vectors: NDArray[np.float32]) -> Future[None]:
        """Keep vectors, float32[n, dim], for n ``ids`` of a kind: ``cognition``, ``lesson`` or ``experiment``."""
        rows = {
            (kind, ref_id, model): {"kind": kind, "ref_id": ref_id, "model": model, "vector": vector.tolist()}
            for ref_id, vector in zip(ids, vectors, strict=True)
        }

        def apply(batch: Batch) -> None:
            batch.embeddings.update(rows)

        return self._writer.submit(apply)

    def add_llm_call(
        self,
        run_id: str,
        experiment_id: str | None,
        role: str,
        model: str,
        *,
        input_tokens: int = 0,
        output_tokens: int = 0,
        cost_usd: float = 0.0,
        cached_tokens: int = 0,
        latency_s: float = 0.0,
        provider: str = "",
        status: str = "ok",
        error: str = "",
        request: Json = None,
        response: Json = None,
        call_id: str = "",
    ) -> Future[None]:
        """Keep one question to a model. Give a stable ``call_id`` so that a repeat is not counted twice."""
        row: Row = {
            "call_id": call_id or uuid.uuid4().hex,
            "run_id": run_id,
            "experiment_id": experiment_id,
            "role": role,
            "provider": provider,
            "model": model,
            "status": status,
            "input_tokens": int(input_tokens),
            "cached_tokens": int(cached_tokens),
            "output_tokens": int(output_tokens),
            "cost_usd": float(cost_usd),
            "latency_s": float(latency_s),
            "request": None if request is None else dumps(request),
            "response": None if response is None else dumps(response),
            "error": clean(error),
            "created_at": now(),
        }

        def apply(batch: Batch) -> None:
            batch.llm_calls[row["call_id"]] = row

        return self._writer.submit(apply)

    # -- writing, at once

    def mark_interrupted(self, run_id: str) -> list[int]:
        """Turn rounds still marked as running into interrupted ones, with an event each.

        Returns:
            Their rounds, ascending; the loop makes them again under the same ids.
        """

        def body(connection: duckdb.DuckDBPyConnection) -> list[int]:
            found = connection.execute(
                """SELECT round, experiment_id, parents, created_at, known FROM experiments
                   WHERE run_id = ? AND status = 'running' AND seq IS NULL ORDER BY round, experiment_id""",
                [run_id],
            ).fetchall()
            batch = Batch()
            for round_, experiment_id, parents, created, known in found:
                row = empty_main(experiment_id, run_id, round_, tuple(parents), known)
                batch.begun[experiment_id] = row | {"status": "interrupted", "created_at": created}
                data = {"experiment_id": experiment_id, "round": round_, "begun_at": created, "known": known}
                event = {"run_id": run_id, "kind": "interrupted", "data": dumps(data), "created_at": now()}
                batch.events.append(event)
            self._writer.write_batch(batch)
            return [row[0] for row in found]

        result: list[int] = self._writer.call(body).result()
        return result

    def fork_run(self, source_run_id: str, info: RunInfo, at_round: int | None) -> None:
        """Create the run ``info`` with the finished rounds 1..``at_round`` and round 0 of another, under new ids.

        The order is kept; ids within the records (parents, lessons, evidence, notes, state) are renamed. The source's
        state goes along only if everything finished was copied; else the state is empty and follows from replaying
        the entries.

        Raises:
            NotFoundError: there is no such run.
            StoreError: the new run's id exists.
        """
        ids = {run.run_id for run in self.runs()}
        if source_run_id not in ids:
            raise self._no_run(source_run_id)
        if info.run_id in ids:
            raise StoreError(f"a run {info.run_id!r} exists in {self.path}; choose another id")
        self._writer.call(
            lambda connection: copy_rounds(
                connection, self._writer.write_batch, self._writer.take_seqs, source_run_id, info, at_round
            )
        ).result()

    def snapshot(self, target: Path) -> None:
        """Copy the database as of now to ``target``, which appears whole or not at all.

        For tools that open DuckDB files themselves while a run goes on; writes wait meanwhile.

        Raises:
            StoreError: the copy cannot be written.
        """
        from asi_evolve.store.snapshots import copy_database

        self.flush()
        self._writer.exclusive(lambda connection: copy_database(connection, self.path, Path(target)))

    def flush(self) -> None:
        """Wait until everything written so far is committed."""
        self._writer.call(lambda _: None).result()

    def close(self) -> None:
        """Commit what is queued, stop answering readers and give the database up. May be called twice."""
        with self._mutex:
            if self._closed:
                return
            self._closed = True
            self._spill.close()
        if os.getpid() != self._pid:  # a forked child must not touch its parent's database
            return
        self._server.close()
        self._writer.close()
        registry.remove_store(self)
        self._backend.close()
        with contextlib.suppress(duckdb.Error):  # readers still at work, or no room: the log holds everything
            self._connection.execute("CHECKPOINT")
        with contextlib.suppress(duckdb.Error):  # a query that does not end; the system closes the file
            self._connection.close()
        self._lock_file.release()
