"""``asievolve sql``."""

from __future__ import annotations

import sys
from contextlib import closing

import click

from asi_evolve.cli.shared import Shared, common, print_table
from asi_evolve.report.text import number, one_line


@click.command("sql")
@click.argument("query")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--timeout", type=click.FloatRange(min=0.001), default=30.0, metavar="SECONDS", help="Time limit.")
@common
@click.pass_obj
def command(shared: Shared, query: str, as_csv: bool, timeout: float) -> None:
    """Ask the database with one SELECT, read-only, live or not.

    \b
    asievolve sql "select experiment_id, value from experiments where valid order by value desc limit 5"
    asievolve sql "select table_name, comment from duckdb_tables()"
    """
    if query == "-":
        query = sys.stdin.read()
    with closing(shared.reader()) as reader:
        table = reader.user_sql(query, timeout)
    if shared.json:
        shared.emit(table.to_pylist())
    elif as_csv:
        from asi_evolve.cli.tables import write_csv

        write_csv(table, sys.stdout)
    else:
        rows = [[_cell(value) for value in row.values()] for row in table.to_pylist()]
        print_table(table.column_names, rows)
        click.echo(f"{len(rows)} row{'' if len(rows) == 1 else 's'}", err=True)


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return number(value, 12)
    return one_line(str(value), 120)
