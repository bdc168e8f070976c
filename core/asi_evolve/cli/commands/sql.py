"""``asievolve sql``."""

from __future__ import annotations

import math
import re
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from asi_evolve.cli.shared import Shared, common, print_table
from asi_evolve.errors import UsageError, did_you_mean
from asi_evolve.report.text import number, one_line

if TYPE_CHECKING:
    from asi_evolve.store import Reader


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
