"""A user's SQL: one SELECT, read-only, bounded in time.

What keeps it harmless is the connection (no external access, locked configuration; see :mod:`.connection`) and a
read-only transaction; looking at the statement first only makes the refusal readable.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from asi_evolve.errors import UsageError
from asi_evolve.store.connection import first_line

if TYPE_CHECKING:
    import pyarrow as pa

#: Most bytes of a result.
LARGEST = 256 * 1024**2
#: Most seconds of a query.
LONGEST_S = 86_400

_MEND = {
    "COPY": "write files with `asievolve export`",
    "EXPORT": "write files with `asievolve export`",
    "EXPLAIN": "put it around a query in a DuckDB shell on a copy of the file",
    "MULTI": "write PIVOT as a SELECT with filtered aggregates",
}


def check_statement(cursor: duckdb.DuckDBPyConnection, sql: str) -> str:
    """``sql`` if it is exactly one SELECT (WITH, FROM, VALUES, DESCRIBE and SHOW count as such).

    ``cursor`` only parses it.

    Raises:
        UsageError: it does not parse, is empty, is several statements, or another kind.
    """
    try:
        sql.encode()
        statements = cursor.extract_statements(sql)
    except UnicodeEncodeError:
        raise UsageError("the SQL is not valid text (a lone surrogate)") from None
    except duckdb.Error as exc:
        raise UsageError(f"the SQL does not parse: {first_line(exc)}") from exc
    if len(statements) != 1:
        count = len(statements) or "no"
        raise UsageError(f"give exactly one SELECT statement, not {count} statements")
    kind = statements[0].type.name
    if kind != "SELECT":
        mend = _MEND.get(kind, "the database is only read here")
        raise UsageError(f"only SELECT is accepted, this is {kind}; {mend}")
    return str(statements[0].query)


@contextmanager
def read_only(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A read-only transaction around the block. Give it one checked statement: SQL could end a transaction itself."""
    cursor.execute("BEGIN TRANSACTION READ ONLY")
    try:
        yield
    finally:
        cursor.execute("ROLLBACK")


def _bounded(relation: duckdb.DuckDBPyRelation) -> pa.Table:
    """The rows of ``relation``, fetched bit by bit so that a careless query cannot fill the memory of a run."""
    import pyarrow as pa

    batches, size = [], 0
    with relation.to_arrow_reader(65536) as reader:
        for batch in reader:
            batches.append(batch)
            size += batch.nbytes
            if size > LARGEST:
                raise UsageError(
                    f"the result is larger than {LARGEST // 1024**2} MiB; select fewer columns or add LIMIT, "
                    "or write files with `asievolve export`"
                )
        return pa.Table.from_batches(batches, schema=reader.schema)


def check_timeout(timeout_s: float) -> None:
    """Raises a UsageError unless ``timeout_s`` is a number above 0 and at most :data:`LONGEST_S`."""
    if not 0 < timeout_s <= LONGEST_S:
        raise UsageError(f"the time limit must be above 0 and at most {LONGEST_S} seconds, not {timeout_s:g}")


def run_user_sql(cursor: duckdb.DuckDBPyConnection, sql: str, timeout_s: float, params: Sequence[Any] = ()) -> pa.Table:
    """The result of one SELECT.

    Args:
        cursor: Of a locked-down connection; used by nobody else meanwhile.
        sql: One SELECT.
        timeout_s: Seconds after which it is interrupted; above 0, at most :data:`LONGEST_S`.
        params: Values of its placeholders.

    Raises:
        UsageError: it is refused, fails, or takes too long.
    """
    check_timeout(timeout_s)
    statement = check_statement(cursor, sql)
    struck = threading.Event()

    def strike() -> None:
        struck.set()
        cursor.interrupt()

    timer = threading.Timer(timeout_s, strike)
    timer.daemon = True
    timer.start()
    try:
        with read_only(cursor):
            return _bounded(cursor.sql(statement, params=list(params)))
    except duckdb.PermissionException as exc:
        raise UsageError("the SQL reaches outside the database, which is refused; use only its own tables") from exc
    except (duckdb.Error, OSError) as exc:  # Arrow's own errors, raised while rows are fetched, are OSErrors too
        if struck.is_set():
            raise UsageError(f"the SQL was stopped after {timeout_s:g} s; narrow it or allow more time") from exc
        raise UsageError(f"the SQL failed: {first_line(exc)}") from exc
    finally:
        timer.cancel()
        timer.join()
