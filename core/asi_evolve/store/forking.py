"""Copying the rounds of a run into a new one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import duckdb

from asi_evolve.store.codec import Encoded, Row, now, run_row
from asi_evolve.store.jsonio import dumps
from asi_evolve.store.runinfo import RunInfo
from asi_evolve.store.schema import CHILD_TABLES, column_names
from asi_evolve.store.writer import Batch

_CHUNK = 200
#: Texts that must stay as they were.
_VERBATIM = frozenset(
    {"source", "files", "stdout_tail", "stderr_tail", "inputs", "outputs_ref", "artifacts", "hidden_ref"}
)


def renamer(old: str, new: str) -> Callable[[Any], Any]:
    """A function that renames ids of run ``old`` in texts and lists of texts: ``old.7`` becomes ``new.7``."""
    pattern = re.compile(rf"(?<![\w.]){re.escape(old)}(?=\.(?:\d|[sb]\d))")

    def rename(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(new, value) if old in value else value
        if isinstance(value, list):
            return [rename(item) for item in value]
        return value

    return rename


def _renamed(row: Row, rename: Callable[[Any], Any]) -> Row:
    return {name: value if name in _VERBATIM else rename(value) for name, value in row.items()}


def _fetch(connection: duckdb.DuckDBPyConnection, table: str, where: str, params: list[Any]) -> list[Row]:
    names = column_names(table)
    rows = connection.execute(f"SELECT {', '.join(names)} FROM {table} {where}", params).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


def copy_rounds(
    connection: duckdb.DuckDBPyConnection,
    write: Callable[[Batch], None],
    source: str,
    info: RunInfo,
    at_round: int | None,
) -> None:
    """Copy inside the caller's transaction; see :meth:`asi_evolve.store.Store.fork_run`."""
    rename = renamer(source, info.run_id)
    info = replace(info, parent_run=source, forked_at=at_round if at_round is not None else info.forked_at)
    last = 2**31 - 1 if at_round is None else at_round
    numbers = connection.execute(
        "SELECT seq, round FROM experiments WHERE run_id = ? AND seq IS NOT NULL ORDER BY seq", [source]
    ).fetchall()
    wanted = [seq for seq, round_ in numbers if round_ <= last]
    if at_round is None:
        info = replace(info, forked_at=max((round_ for _, round_ in numbers), default=0))
    first = Batch()
    first.new_runs[info.run_id] = run_row(info)
    details = {"source": source, "at_round": info.forked_at, "experiments": len(wanted)}
    first.events.append({"run_id": info.run_id, "kind": "fork", "data": dumps(details), "created_at": now()})
    write(first)
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        params = [chunk[0], chunk[-1], chunk]
        within = "WHERE seq BETWEEN $1 AND $2 AND list_contains($3, seq)"
        records: dict[int, Encoded] = {}
        for row in _fetch(connection, "experiments", f"{within} ORDER BY seq", params):
            seq = row.pop("seq")
            main = _renamed(row, rename) | {"run_id": info.run_id}
            records[seq] = Encoded(main["experiment_id"], info.run_id, main, {table: [] for table in CHILD_TABLES})
        for table in CHILD_TABLES:
            order = "ORDER BY seq, position" if "position" in column_names(table) else "ORDER BY seq"
            for row in _fetch(connection, table, f"{within} {order}", params):
                seq = row.pop("seq")
                del row["experiment_id"]
                copied = _renamed(row, rename)
                if "run_id" in copied:
                    copied["run_id"] = info.run_id
                records[seq].children[table].append(copied)
        batch = Batch()
        batch.records = {encoded.experiment_id: encoded for encoded in records.values()}
        write(batch)
    state = connection.execute("SELECT data FROM state WHERE run_id = ?", [source]).fetchall()
    if state and len(wanted) == len(numbers):
        batch = Batch()
        newest = connection.execute(
            "SELECT experiment_id FROM experiments WHERE run_id = ? AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1",
            [info.run_id],
        ).fetchall()
        batch.states[info.run_id] = (rename(state[0][0]), newest[0][0] if newest else "")
        write(batch)
