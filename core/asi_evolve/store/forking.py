"""Copying the rounds of a run into a new one, in the database itself: no row passes through Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import duckdb

from asi_evolve.store.codec import now, run_row
from asi_evolve.store.jsonio import dumps
from asi_evolve.store.renaming import VERBATIM, rename_params, rename_sql, renamer
from asi_evolve.store.runinfo import RunInfo
from asi_evolve.store.schema import CHILD_TABLES, tables
from asi_evolve.store.writer import Batch

#: Experiments copied by one statement.
_CHUNK = 50_000


def copy_rounds(
    connection: duckdb.DuckDBPyConnection,
    write: Callable[[Batch], None],
    take_seqs: Callable[[int], int],
    source: str,
    info: RunInfo,
    at_round: int | None,
) -> None:
    """Copy inside the caller's transaction; see :meth:`asi_evolve.store.Store.fork_run`.

    Args:
        connection: In a transaction.
        write: Writes a batch of rows in it.
        take_seqs: Reserves that many numbers of the order of completion and gives the first.
        source, info, at_round: As of ``fork_run``.
    """
    info = replace(info, parent_run=source, forked_at=at_round if at_round is not None else info.forked_at)
    last = 2**31 - 1 if at_round is None else at_round
    [(total, wanted, highest)] = connection.execute(
        """SELECT count(*), count(*) FILTER (round <= $2), coalesce(max(round), 0) FROM experiments
           WHERE run_id = $1 AND seq IS NOT NULL""",
        [source, last],
    ).fetchall()
    if at_round is None:
        info = replace(info, forked_at=highest)
    first = Batch()
    first.new_runs[info.run_id] = run_row(info)
    details = {"source": source, "at_round": info.forked_at, "experiments": wanted}
    first.events.append({"run_id": info.run_id, "kind": "fork", "data": dumps(details), "created_at": now()})
    write(first)
    if wanted:
        _copy(connection, take_seqs(wanted), source, info.run_id, last)
    state = connection.execute("SELECT data FROM state WHERE run_id = ?", [source]).fetchall()
    if state and wanted == total:
        batch = Batch()
        newest = connection.execute(
            "SELECT experiment_id FROM experiments WHERE run_id = ? AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1",
            [info.run_id],
        ).fetchall()
        batch.states[info.run_id] = (renamer(source, info.run_id)(state[0][0]), newest[0][0] if newest else "")
        write(batch)


def _copy(connection: duckdb.DuckDBPyConnection, start: int, source: str, new: str, last: int) -> None:
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE copied AS
           SELECT seq, $3 - 1 + row_number() OVER (ORDER BY seq) AS seq_new FROM experiments
           WHERE run_id = $1 AND seq IS NOT NULL AND round <= $2 ORDER BY seq""",
        [source, last, start],
    )
    [(low, high)] = connection.execute("SELECT min(seq), max(seq) FROM copied").fetchall()
    patterns = rename_params(source, new)
    for part in range(low, high + 1, _CHUNK):
        for table in ("experiments", *CHILD_TABLES):
            columns = dict(tables()[table])
            values = {name: rename_sql(f"t.{name}", kind) for name, kind in columns.items() if name not in VERBATIM}
            values["seq"] = "c.seq_new"
            if "run_id" in columns:
                values["run_id"] = "$new"
            order = "c.seq_new, t.position" if "position" in columns else "c.seq_new"
            named = {
                "low": part,
                "high": part + _CHUNK - 1,
                **patterns,
                **({"new": new} if "run_id" in columns else {}),
            }
            connection.execute(
                f"""INSERT INTO {table} SELECT {", ".join(values.get(name, "t." + name) for name in columns)}
                    FROM {table} t JOIN copied c ON c.seq = t.seq
                    WHERE t.seq BETWEEN $low AND $high AND c.seq BETWEEN $low AND $high ORDER BY {order}""",
                named,
            )
    connection.execute("DROP TABLE copied")
