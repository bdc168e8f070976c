"""Arrow tables as files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any, TextIO

from asi_evolve.errors import UsageError
from asi_evolve.report.text import csv_cell, plain, printable


def rows(table: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of an Arrow table; by position, because two columns may have one name.

    Raises:
        UsageError: a value has no counterpart in Python (a date before the year 1, an infinite interval).
    """
    for batch in table.to_batches(max_chunksize=1000):
        columns = []
        for name, column in zip(table.column_names, batch.columns, strict=True):
            try:
                columns.append(column.to_pylist())
            except (OverflowError, ValueError) as error:
                raise UsageError(
                    f"a value of the column {name!r} cannot be shown ({error}); write CAST({name} AS VARCHAR)"
                ) from None
        yield from zip(*columns, strict=True)


def objects(table: Any) -> Iterator[dict[str, Any]]:
    """The rows of an Arrow table by column name.

    Raises:
        UsageError: as :func:`rows`, and where two columns have one name.
    """
    names = table.column_names
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"two columns are called {twice!r}; give one of them another name with AS")
    for row in rows(table):
        yield dict(zip(names, row, strict=True))


def write_csv(table: Any, stream: TextIO) -> None:
    """Write an Arrow table as CSV; lists and structures as JSON; text is never read as a formula by a spreadsheet.

    In a file text stays what it is; on a terminal its control characters are made visible.
    """
    writer = csv.writer(stream, lineterminator="\n")
    shown = printable if stream.isatty() else str
    writer.writerow([shown(csv_cell(name)) for name in table.column_names])
    for row in rows(table):
        cells = (_cell(value) for value in row)
        writer.writerow([shown(cell) if isinstance(cell, str) else cell for cell in cells])


def write_jsonl(table: Any, stream: TextIO) -> None:
    """Write an Arrow table as one JSON object a line."""
    for row in objects(table):
        stream.write(json.dumps(plain(row), ensure_ascii=True, allow_nan=False) + "\n")


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | dict):
        return csv_cell(json.dumps(plain(value)))
    return csv_cell(str(value))
