"""Reading from an open connection, from any number of threads."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

from asi_evolve.errors import StoreError
from asi_evolve.store.connection import first_line
from asi_evolve.store.usersql import check_statement, read_only, run_user_sql

if TYPE_CHECKING:
    import pyarrow as pa


class GoneError(Exception):
    """The backend no longer answers (closed, or its process ended): look for another one."""


class Backend(Protocol):
    """Something that answers SQL."""

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one of our own queries."""
        ...

    def table(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """The same as an Arrow table."""
        ...

    def user_sql(self, sql: str, timeout_s: float) -> pa.Table:
        """The result of one SELECT of a user."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


class LocalBackend:
    """Cursors of one connection of this process, a pool of them because each serves one thread at a time.

    With ``guarded``, every query must be one SELECT and runs in a read-only transaction: for requests from outside.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, guarded: bool = False) -> None:
        self._connection = connection
        self._guarded = guarded
        self._idle: queue.SimpleQueue[duckdb.DuckDBPyConnection] = queue.SimpleQueue()
        self._active: set[duckdb.DuckDBPyConnection] = set()
        self._mutex = threading.Lock()
        self._closed = False

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor for the time of the block."""
        if self._closed:
            raise GoneError
        try:
            cursor = self._idle.get_nowait()
        except queue.Empty:
            try:
                cursor = self._connection.cursor()
            except duckdb.ConnectionException as exc:
                raise GoneError from exc
        healthy = False
        with self._mutex:
            self._active.add(cursor)
        try:
            yield cursor
            healthy = True
        except duckdb.ConnectionException as exc:
            raise GoneError from exc
        except duckdb.Error as exc:
            if self._closed:
                raise GoneError from exc
            raise StoreError(f"a query of the database failed: {first_line(exc)}") from exc
        finally:
            with self._mutex:
                self._active.discard(cursor)
            if healthy and not self._closed:
                self._idle.put(cursor)
            else:
                cursor.close()

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See :class:`Backend`."""
        with self.cursor() as cursor:
            if not self._guarded:
                return cursor.execute(sql, list(params)).fetchall()
            check_statement(cursor, sql)
            with read_only(cursor):
                return cursor.execute(sql, list(params)).fetchall()

    def table(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """See :class:`Backend`."""
        with self.cursor() as cursor:
            check_statement(cursor, sql)
            with read_only(cursor):
                return cursor.sql(sql, params=list(params)).to_arrow_table()

    def user_sql(self, sql: str, timeout_s: float) -> pa.Table:
        """See :class:`Backend`."""
        with self.cursor() as cursor:
            return run_user_sql(cursor, sql, timeout_s)

    def close(self) -> None:
        """Stop queries under way and close the pooled cursors; the connection belongs to whoever made it."""
        self._closed = True
        with self._mutex:
            for cursor in self._active:
                cursor.interrupt()
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return
