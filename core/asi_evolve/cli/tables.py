"""Arrow tables as files."""

from __future__ import annotations

import csv
import json
from typing import Any, TextIO

from asi_evolve.report.text import csv_cell, plain


def write_csv(table: Any, stream: TextIO) -> None:
    """Write an Arrow table as CSV; lists and structures as JSON; text is never read as a formula by a spreadsheet."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([csv_cell(name) for name in table.column_names])
    for batch in table.to_batches(max_chunksize=1000):
        for row in batch.to_pylist():
            writer.writerow([_cell(value) for value in row.values()])


def write_jsonl(table: Any, stream: TextIO) -> None:
    """Write an Arrow table as one JSON object a line."""
    for batch in table.to_batches(max_chunksize=1000):
        for row in batch.to_pylist():
            stream.write(json.dumps(plain(row), ensure_ascii=True, allow_nan=False) + "\n")


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | dict):
        return csv_cell(json.dumps(plain(value)))
    return csv_cell(str(value))
