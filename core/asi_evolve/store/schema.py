"""The tables as ``schema.sql`` declares them: one source for the writer, the codec and the documentation's test."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

#: Version of ``schema.sql``. A file of a higher version is refused, one of a lower version is migrated.
SCHEMA_VERSION = 4

#: Tables that belong to an experiment, besides ``experiments`` itself.
CHILD_TABLES = (
    "attempts",
    "candidate_files",
    "executions",
    "scores",
    "metrics",
    "analyses",
    "lessons",
    "provenance",
)

_TABLE = re.compile(r"CREATE TABLE (\w+) \(\n(.*?)\n\);", re.DOTALL)
_COLUMN = re.compile(r"^\s+([a-z]\w*) ([A-Z]+(?:\[\])*)", re.MULTILINE)


@cache
def schema_sql() -> str:
    """The text of ``schema.sql``."""
    return files("asi_evolve.store").joinpath("schema.sql").read_text(encoding="utf-8")


@cache
def tables() -> dict[str, tuple[tuple[str, str], ...]]:
    """Table name -> its (column, DuckDB type) pairs, in the order of the file."""
    return {name: tuple(_COLUMN.findall(body)) for name, body in _TABLE.findall(schema_sql())}


@cache
def column_names(table: str) -> tuple[str, ...]:
    """The columns of ``table``; KeyError if there is no such table."""
    return tuple(name for name, _ in tables()[table])


@cache
def main_columns() -> tuple[str, ...]:
    """The columns of ``experiments`` that say something of their own: all but ``seq`` and the packed copy."""
    return tuple(name for name in column_names("experiments") if name not in ("seq", "record"))


@cache
def insert_lists_sql(table: str, mode: str = "") -> str:
    """An INSERT that takes one list parameter per column: one statement for any number of rows.

    ``mode`` is ``""``, ``"OR REPLACE"`` or ``"OR IGNORE"``. Lists through ``unnest`` are an order of magnitude
    faster in DuckDB than ``executemany``; for a few rows, ``insert_rows_sql`` is faster still.
    """
    lists = ", ".join(f"unnest(${i}::{kind}[])" for i, (_, kind) in enumerate(tables()[table], start=1))
    return f"INSERT {mode} INTO {table} SELECT {lists}"


@cache
def insert_rows_sql(table: str, rows: int, mode: str = "") -> str:
    """An INSERT of ``rows`` rows with one parameter per value, row by row."""
    row = "(" + ", ".join("?" * len(tables()[table])) + ")"
    return f"INSERT {mode} INTO {table} VALUES " + ", ".join([row] * rows)
