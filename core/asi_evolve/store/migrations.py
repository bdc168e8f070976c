"""Bringing a database to the present schema, forward only, in one transaction."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from asi_evolve.errors import StoreError
from asi_evolve.store.codec import now
from asi_evolve.store.schema import SCHEMA_VERSION, schema_sql, tables

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: from version ``to - 1`` to version ``to``."""

    to: int
    note: str
    apply: Callable[[duckdb.DuckDBPyConnection], None]


def _from_0(connection: duckdb.DuckDBPyConnection) -> None:
    """Version 0 was the layout before the first release: runs, experiments, candidate_files and metrics."""
    old = ("runs", "experiments", "candidate_files", "metrics")
    present = {str(row[0]) for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    for table in old:
        if table in present:
            connection.execute(f"ALTER TABLE {table} RENAME TO v0_{table}")
    connection.execute("ALTER TABLE schema_version RENAME TO v0_schema_version")
    connection.execute(schema_sql())
    connection.execute(
        "INSERT INTO schema_version SELECT version, '', '', 'before the first release' FROM v0_schema_version"
    )
    if "runs" in present:
        connection.execute(
            """INSERT INTO runs (run_id, position, plugin, title, seed, status, reason, config, tier, environment,
                                 core_version, plugin_version, created_at, objective)
               SELECT run_id, row_number() OVER (ORDER BY created_at, run_id), plugin, '', seed, status, '', config,
                      '', '{}', '', '', created_at, '{}' FROM v0_runs"""
        )
    if "experiments" in present:
        connection.execute(
            """INSERT INTO experiments (experiment_id, seq, run_id, round, stage, backend, entry, origin, status, value,
                   fitness, valid, replicates, attested, feedback, features, score, parents, motivation,
                   expected_effect, verdicts, notes, sampler_data, error, tier, truncated, wall_s, cpu_s,
                   peak_memory_mb, created_at, recorded_at)
               SELECT experiment_id,
                   CASE WHEN status IN ('running', 'interrupted') THEN NULL
                        ELSE row_number() OVER (ORDER BY status IN ('running', 'interrupted'), created_at, round,
                                                experiment_id) END,
                   run_id, round, '', '', 'candidate.py', origin, status, value, value, valid,
                   CASE WHEN valid THEN 1 END, CASE WHEN valid THEN true END, CASE WHEN valid THEN '' END,
                   CASE WHEN valid THEN '{}' END,
                   CASE WHEN valid THEN json_object('value', value, 'fitness', NULL, 'valid', true) END,
                   parents, motivation, '', '[]', '{}', '{}', '', '', false, 0, 0, 0, created_at, created_at
               FROM v0_experiments"""
        )
    if "candidate_files" in present:
        connection.execute(
            """INSERT INTO candidate_files
               SELECT f.experiment_id, e.seq,
                   row_number() OVER (PARTITION BY f.experiment_id ORDER BY f.path) - 1, f.path, f.source
               FROM v0_candidate_files f JOIN experiments e USING (experiment_id) WHERE e.seq IS NOT NULL"""
        )
    if "metrics" in present:
        connection.execute(
            """INSERT INTO metrics
               SELECT m.experiment_id, e.seq,
                   row_number() OVER (PARTITION BY m.experiment_id ORDER BY m.name) - 1, m.name, m.value
               FROM v0_metrics m JOIN experiments e USING (experiment_id) WHERE e.seq IS NOT NULL"""
        )
    for table in (*[t for t in old if t in present], "schema_version"):
        connection.execute(f"DROP TABLE v0_{table}")


def _from_1(connection: duckdb.DuckDBPyConnection) -> None:
    """Version 1 did not note what a round knew when it began. (From version 0 the column is there already.)"""
    _add(connection, "experiments", "known")


def _from_2(connection: duckdb.DuckDBPyConnection) -> None:
    """Version 2 had no reports and lessons of models."""
    _add(connection, "analyses", "parts", "author", "note")
    _add(connection, "lessons", "origin", "tags", "contradicts")


def _add(connection: duckdb.DuckDBPyConnection, table: str, *names: str) -> None:
    """Add columns as the present schema declares them, last in their table. What is there already stays."""
    kinds = dict(tables()[table])
    for name in names:
        connection.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name} {kinds[name]}")
        comment = re.search(rf"^COMMENT ON COLUMN {table}\.{name} IS .*;$", schema_sql(), re.MULTILINE)
        assert comment is not None
        connection.execute(comment.group())


def _from_3(connection: duckdb.DuckDBPyConnection) -> None:
    """Version 3 had no packed records. Rows of before stay without: making them takes minutes in a long run."""
    _add(connection, "experiments", "record")


#: In order; the last one leads to ``SCHEMA_VERSION``.
MIGRATIONS: tuple[Migration, ...] = (
    Migration(1, "the first release", _from_0),
    Migration(2, "what each round knew when it began", _from_1),
    Migration(3, "reports and lessons of models", _from_2),
    Migration(4, "whole records, packed", _from_3),
)


def read_version(connection: duckdb.DuckDBPyConnection, path: Path) -> int | None:
    """The schema version of a database; None if it is empty.

    Raises:
        StoreError: it is a DuckDB file of something else, or of a newer version than ours.
    """
    present = {str(row[0]) for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if not present:
        return None
    if "schema_version" not in present:
        raise StoreError(f"{path} is a DuckDB file of something else (no table schema_version); choose another --db")
    # All rows are fetched: an open result is an open transaction, which keeps DuckDB from ever emptying its log.
    [row] = connection.execute("SELECT max(version) FROM schema_version").fetchall()
    if row[0] is None:
        raise StoreError(f"the database {path} is damaged (schema_version is empty); restore a copy of it")
    version = int(row[0])
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"the database {path} has schema version {version}, this asi-evolve knows up to {SCHEMA_VERSION}; "
            "upgrade asi-evolve or choose another file with --db"
        )
    return version


def migrate(connection: duckdb.DuckDBPyConnection, path: Path, core_version: str) -> list[str]:
    """Create the schema in an empty database, or bring an older one up; all or nothing.

    Returns:
        Notes, one line each, on what was done (empty for a new or up-to-date database).
    """
    version = read_version(connection, path)
    if version == SCHEMA_VERSION:
        return []
    notes: list[str] = []
    connection.execute("BEGIN TRANSACTION")
    try:
        if version is None:
            connection.execute(schema_sql())
            connection.execute(
                "INSERT INTO schema_version VALUES (?, ?, ?, ?)", [SCHEMA_VERSION, now(), core_version, "created"]
            )
        else:
            for step in MIGRATIONS:
                if step.to > version:
                    step.apply(connection)
                    connection.execute(
                        "INSERT INTO schema_version VALUES (?, ?, ?, ?)", [step.to, now(), core_version, step.note]
                    )
            notes.append(f"the database {path} was brought from schema version {version} to {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return notes
