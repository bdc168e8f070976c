"""Read access from any process, whether a run is live or not."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from asi_evolve.errors import StoreError
from asi_evolve.store import registry
from asi_evolve.store.artifacts import ArtifactFolder
from asi_evolve.store.backend import Backend, GoneError, LocalBackend
from asi_evolve.store.connection import locate, open_database
from asi_evolve.store.lock import held_by, owned_error
from asi_evolve.store.migrations import read_version
from asi_evolve.store.opening import open_store, require_database
from asi_evolve.store.queries import Queries
from asi_evolve.store.readapi import RemoteBackend
from asi_evolve.store.schema import SCHEMA_VERSION
from asi_evolve.store.sqlprocess import copy_of, query
from asi_evolve.store.usersql import check_timeout

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

T = TypeVar("T")

#: Seconds without a query after which the file is let go, so that a run can start beside a long-lived reader.
IDLE = 0.5
#: Seconds for which a reader looks for someone who answers.
PATIENCE = 10.0


class _FileBackend(LocalBackend):
    """The file itself, read-only. While it is open no other process can write it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection)
        self._own = connection

    def close(self) -> None:
        super().close()
        self._own.close()


class Reader(Queries):
    """Reads a database through its live owner, or from the file when there is none; changes over as runs come and go.

    Made by :func:`open_reader`; a context manager. Several threads may use it; their queries take turns.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.artifacts = ArtifactFolder(path)
        self._mutex = threading.RLock()
        self._backend: Backend | None = None
        self._shared = False
        self._timer: threading.Timer | None = None
        self._last = self._until = 0.0
        self._ask(lambda backend: None)
        registry.add_reader(self)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def live(self) -> bool:
        """Whether a process owns the database now (a run is going on, or another writer)."""
        return registry.open_store_of(self.path) is not None or held_by(self.path) is not None

    def _rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._ask(lambda backend: backend.rows(sql, params))

    def table(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """See :meth:`Queries.table`."""
        return self._ask(lambda backend: backend.table(sql, params))

    def user_sql(self, sql: str, timeout_s: float = 30, params: Sequence[Any] = ()) -> pa.Table:
        """See :meth:`Queries.user_sql`."""
        check_timeout(timeout_s)
        return self._ask(lambda backend: self._query(backend, sql, timeout_s, params))

    def _query(self, backend: Backend, sql: str, timeout_s: float, params: Sequence[Any]) -> pa.Table:
        store = registry.open_store_of(self.path)
        if store is not None:
            return store.user_sql(sql, timeout_s, params)
        if isinstance(backend, RemoteBackend):
            with copy_of(self.path, backend.snapshot) as copy:
                return query(copy, sql, params, timeout_s)
        try:
            return query(self.path, sql, params, timeout_s)
        except StoreError as exc:
            if "is open in" in str(exc):  # a run began between the two looks
                raise GoneError from exc
            raise

    def close(self) -> None:
        """Let go of the file or the connection; a later query opens it again."""
        self.release()

    def release(self) -> None:
        """The same as :meth:`close`: what is held is taken up again by the next query."""
        with self._mutex:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._backend is not None and not self._shared:
                self._backend.close()
            self._backend = None

    def _ask(self, question: Callable[[Backend], T]) -> T:
        with self._mutex:
            deadline = time.monotonic() + PATIENCE
            self._until = time.monotonic() + 1.0
            while True:
                try:
                    if self._backend is None:
                        self._backend, self._shared = self._find()
                    answer = question(self._backend)
                except GoneError as exc:
                    self.release()
                    if time.monotonic() > deadline:
                        raise owned_error(self.path, held_by(self.path)) from exc
                    time.sleep(0.05)
                else:
                    self._last = time.monotonic()
                    if isinstance(self._backend, _FileBackend) and self._timer is None:
                        self._watch(IDLE)
                    return answer

    def _watch(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._idle)
        self._timer.daemon = True
        self._timer.start()

    def _idle(self) -> None:
        with self._mutex:
            self._timer = None
            if not isinstance(self._backend, _FileBackend):
                return
            left = self._last + IDLE - time.monotonic()
            if left > 0:
                self._watch(left)
            else:
                self.release()

    def _find(self) -> tuple[Backend, bool]:
        store = registry.open_store_of(self.path)
        if store is not None:
            return store.backend, True
        owner = held_by(self.path)
        if owner is not None:
            return RemoteBackend(owner), False
        require_database(self.path)
        try:
            connection, _ = open_database(self.path, read_only=True)
        except StoreError as exc:
            # A run began between the two looks, or one is just ending.
            if "is open in" in str(exc) and (held_by(self.path) is not None or time.monotonic() < self._until):
                raise GoneError from exc
            raise
        version = read_version(connection, self.path)
        if version == SCHEMA_VERSION:
            return _FileBackend(connection), False
        connection.close()
        open_store(self.path, purpose="bringing the schema up to date").close()
        raise GoneError


def open_reader(path: str | os.PathLike[str]) -> Reader:
    """Read access to a database; a live one is read through its owner. An older one is first brought up to date.

    Raises:
        NotFoundError: there is no such file.
        StoreError: not a database, damaged, of a newer version, or open in another program.
    """
    database = locate(path)
    require_database(database)
    return Reader(database)
