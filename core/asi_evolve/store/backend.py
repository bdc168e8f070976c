"""Reading from an open connection, from any number of threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

from asi_evolve.errors import StoreError
from asi_evolve.store.connection import first_line
from asi_evolve.store.usersql import check_statement, read_only

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
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._active: set[duckdb.DuckDBPyConnection] = set()
        self._mutex = threading.Condition()
        self._closed = False

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor for the time of the block."""
        with self._mutex:
            if self._closed:
                raise GoneError
            try:
                cursor = self._idle.pop() if self._idle else self._connection.cursor()
            except duckdb.ConnectionException as exc:
                raise GoneError from exc
            self._active.add(cursor)
        healthy = False
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
                if healthy and not self._closed:
                    self._idle.append(cursor)
                else:
                    cursor.close()
                self._active.discard(cursor)
                self._mutex.notify_all()

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

    def close(self) -> None:
        """Stop queries under way and close the pooled cursors; the connection belongs to whoever made it."""
        self._closed = True
        with self._mutex:
            # Again and again: an interruption that comes just before a query begins is lost. Until all have ended,
            # DuckDB refuses to close the connection.
            for _ in range(100):
                if not self._active:
                    break
                for cursor in self._active:
                    cursor.interrupt()
                self._mutex.wait(0.1)
            while self._idle:
                self._idle.pop().close()
