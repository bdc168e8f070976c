"""``asievolve sql``."""

from __future__ import annotations

import math
import os
import re
import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from asi_evolve.cli.shared import Shared, common, print_table
from asi_evolve.errors import UsageError, did_you_mean
from asi_evolve.report.text import number, one_line

if TYPE_CHECKING:
    from asi_evolve.store import Reader

#: Seconds that a query gets to stop after it was told to.
_PATIENCE_S = 5.0
#: Bytes by which a query may make this process grow: above DuckDB's own limit and the largest result together.
_LARGEST_GROWTH = 3 * 1024**3


@click.command("sql")
@click.argument("query")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option(
    "--timeout", type=click.FloatRange(min=0.001, max=86_400), default=30.0, metavar="SECONDS", help="Time limit."
)
@common
@click.pass_obj
def command(shared: Shared, query: str, as_csv: bool, timeout: float) -> None:
    """Ask the database with one SELECT, read-only, live or not.

    \b
    asievolve sql "select experiment_id, value from experiments where valid order by value desc limit 5"
    asievolve sql "select table_name, comment from duckdb_tables()"
    """
    if math.isnan(timeout):
        raise UsageError("--timeout: must be a number of seconds, not nan")
    if query == "-":
        query = sys.stdin.read()
    with closing(shared.reader()) as reader:
        try:
            with _last_resort(timeout, live=reader.live):
                table = reader.user_sql(query, timeout)
        except UsageError as error:
            raise _explained(error, reader) from None
    from asi_evolve.cli.tables import objects, rows, write_csv

    if shared.json:
        shared.emit(list(objects(table)))
    elif as_csv:
        write_csv(table, sys.stdout)
    else:
        cells = [[_cell(value) for value in row] for row in rows(table)]
        print_table([one_line(name, 120) for name in table.column_names], cells)
        click.echo(f"{len(cells)} row{'' if len(cells) == 1 else 's'}", err=True)


@contextmanager
def _last_resort(timeout: float, *, live: bool) -> Iterator[None]:
    """What holds where DuckDB's own limits do not: within one function on one huge value.

    There it looks neither at the clock nor at its memory limit. So this process may not grow beyond a bound (if the
    query runs in it), and ends itself when the query does not stop.
    """
    guard = threading.Timer(timeout + _PATIENCE_S, _give_up, [timeout])
    guard.daemon = True
    guard.start()
    before = None if live or not sys.platform.startswith("linux") else resource.getrlimit(resource.RLIMIT_DATA)
    if before is not None:
        in_use = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
        most = in_use + _LARGEST_GROWTH if before[1] < 0 else min(before[1], in_use + _LARGEST_GROWTH)
        resource.setrlimit(resource.RLIMIT_DATA, (most, before[1]))
    try:
        yield
    except MemoryError:
        raise UsageError("the SQL needs too much memory; narrow it") from None
    finally:
        guard.cancel()
        if before is not None:
            resource.setrlimit(resource.RLIMIT_DATA, before)


def _give_up(timeout: float) -> None:
    """End the process from a timer's thread: the main one is inside DuckDB and may stay there for minutes."""
    sys.stderr.write(f"error: the SQL did not stop after {timeout:g} s and was given up; narrow it\n")
    sys.stderr.flush()
    os._exit(2)


def _explained(error: UsageError, reader: Reader) -> UsageError:
    """The error with near names where the query names a table or column that there is not."""
    text = str(error)
    table = re.search(r"Table with name (\S+) does not exist", text)
    column = re.search(r'Referenced column "([^"]+)" not found|does not have a column named "([^"]+)"', text)
    if table is not None:
        kind, name = "table", table[1]
    elif column is not None:
        kind, name = "column", column[1] or column[2]
    else:
        return error
    rows = reader.table(f"SELECT DISTINCT {kind}_name AS name FROM duckdb_columns() WHERE NOT internal").to_pylist()
    known = sorted(row["name"] for row in rows)
    return UsageError(
        f"the SQL failed: there is no {kind} {name!r}{did_you_mean(name, known)}; "
        "tables and columns: docs/reference/schema.md"
    )


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return number(value, 12)
    return one_line(str(value), 120)
