from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from asi_evolve.errors import StoreError
from asi_evolve.store import SCHEMA_VERSION, migrations, open_reader, open_store
from asi_evolve.store import connection as connection_module
from asi_evolve.store.migrations import MIGRATIONS, Migration
from asi_evolve.store.schema import tables
from store_samples import info, rich

VERSION_0 = """
CREATE TABLE schema_version (version INTEGER);
INSERT INTO schema_version VALUES (0);
CREATE TABLE runs (run_id VARCHAR, plugin VARCHAR, seed BIGINT, status VARCHAR, config JSON, created_at VARCHAR);
INSERT INTO runs VALUES ('0a0a0a', 'parabola', 7, 'completed', '{"rounds": 2}', '2025-01-01T00:00:00Z'),
                        ('0b0b0b', 'parabola', 8, 'interrupted', '{}', '2025-01-02T00:00:00Z');
CREATE TABLE experiments (experiment_id VARCHAR, run_id VARCHAR, round INTEGER, origin VARCHAR, status VARCHAR,
                          value DOUBLE, valid BOOLEAN, motivation VARCHAR, parents VARCHAR[], created_at VARCHAR);
INSERT INTO experiments VALUES
    ('0a0a0a.s0', '0a0a0a', 0, 'seed', 'ok', 1.0, true, '', [], '2025-01-01T00:00:01Z'),
    ('0a0a0a.1', '0a0a0a', 1, 'grammar', 'error', NULL, false, 'try', ['0a0a0a.s0'], '2025-01-01T00:00:03Z'),
    ('0a0a0a.2', '0a0a0a', 2, 'grammar', 'ok', 2.5, true, 'again', ['0a0a0a.s0'], '2025-01-01T00:00:02Z'),
    ('0b0b0b.1', '0b0b0b', 1, 'grammar', 'running', NULL, false, '', [], '2025-01-02T00:00:01Z');
CREATE TABLE candidate_files (experiment_id VARCHAR, path VARCHAR, source VARCHAR);
INSERT INTO candidate_files VALUES ('0a0a0a.2', 'b.py', 'B'), ('0a0a0a.2', 'a.py', 'A'), ('0a0a0a.s0', 'a.py', 'S');
CREATE TABLE metrics (experiment_id VARCHAR, name VARCHAR, value DOUBLE);
INSERT INTO metrics VALUES ('0a0a0a.2', 'height', 2.5), ('0a0a0a.2', 'area', 0.5);
"""


@pytest.fixture
def old(db: Path) -> Path:
    with duckdb.connect(str(db)) as connection:
        connection.execute(VERSION_0)
    return db


def layout(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
        ).fetchall()


def test_version_0_is_brought_up_with_its_content(old: Path, tmp_path: Path) -> None:
    with open_store(old) as store:
        assert store.notes == [f"the database {old} was brought from schema version 0 to {SCHEMA_VERSION}"]
        first, second = store.runs()
        assert (first.run_id, first.seed, first.status, first.config) == ("0a0a0a", 7, "completed", {"rounds": 2})
        assert second.run_id == "0b0b0b"
        assert [entry.experiment_id for entry in store.entries("0a0a0a")] == ["0a0a0a.s0", "0a0a0a.2", "0a0a0a.1"]
        best = store.experiment(store.best("0a0a0a") or "")
        assert (best.value, best.candidate.files) == (2.5, {"a.py": "A", "b.py": "B"})
        assert best.score is not None
        assert best.score.metrics == {"area": 0.5, "height": 2.5}
        assert store.experiment("0a0a0a.1").score is None
        assert store.mark_interrupted("0b0b0b") == [1]
    with open_store(old) as store:
        assert store.notes == [], "once is enough"
    fresh = tmp_path / "fresh.duckdb"
    open_store(fresh).close()
    assert layout(old) == layout(fresh)


def test_version_1_is_brought_up_and_goes_on(db: Path, tmp_path: Path) -> None:
    with open_store(db) as store:
        store.create_run(info())
        store.record(rich(3), state={"n": 3}).result()
    with duckdb.connect(str(db)) as connection:
        connection.execute("ALTER TABLE experiments DROP COLUMN record")
        connection.execute("ALTER TABLE experiments DROP COLUMN known")
        connection.execute("UPDATE schema_version SET version = 1")
    with open_store(db) as store:
        assert store.notes == [f"the database {db} was brought from schema version 1 to {SCHEMA_VERSION}"]
        assert store.experiment("abc123.3") == replace(rich(3), known=None)
        store.record(rich(4), state={"n": 4}).result()
        assert store.table("SELECT known FROM experiments ORDER BY seq")["known"].to_pylist() == [None, 2]
    fresh = tmp_path / "fresh.duckdb"
    open_store(fresh).close()
    assert layout(db) == layout(fresh)


def test_version_3_is_brought_up_and_its_rounds_are_read_as_before(db: Path, tmp_path: Path) -> None:
    with open_store(db) as store:
        store.create_run(info())
        store.record(rich(3, outputs=False), state={"n": 3}).result()
    with duckdb.connect(str(db)) as connection:
        connection.execute("ALTER TABLE experiments DROP COLUMN record")
        connection.execute("UPDATE schema_version SET version = 3")
    with open_store(db) as store:
        assert store.notes == [f"the database {db} was brought from schema version 3 to {SCHEMA_VERSION}"]
        assert store.experiment("abc123.3") == rich(3, outputs=False)
        store.record(rich(4, outputs=False), state={"n": 4}).result()
        store.fork_run("abc123", info("def456"), None)
        packed = store.table("SELECT record IS NULL AS without FROM experiments ORDER BY seq")
        assert packed["without"].to_pylist() == [True, False, True, False]
    fresh = tmp_path / "fresh.duckdb"
    open_store(fresh).close()
    assert layout(db) == layout(fresh)


def test_an_old_database_that_cannot_be_written_is_named(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(db).close()
    with duckdb.connect(str(db)) as connection:
        connection.execute("ALTER TABLE experiments DROP COLUMN record")
        connection.execute("UPDATE schema_version SET version = 3")
    # root may write anywhere, whatever the mode of the file says
    monkeypatch.setattr(connection_module.os, "access", lambda path, mode: mode != connection_module.os.W_OK)
    with pytest.raises(StoreError, match=f"{db} is not writable"):
        open_reader(db)


def test_a_reader_brings_an_old_database_up_too(old: Path) -> None:
    with open_reader(old) as reader:
        assert reader.best("0a0a0a") == "0a0a0a.2"
        versions = reader.user_sql("SELECT version FROM schema_version ORDER BY 1")["version"].to_pylist()
        assert versions == list(range(SCHEMA_VERSION + 1))


def test_a_failing_step_leaves_the_old_database_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = layout(old)

    def fail(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("DROP TABLE metrics")
        raise StoreError("a step failed")

    monkeypatch.setattr(migrations, "MIGRATIONS", (*MIGRATIONS[:-1], Migration(SCHEMA_VERSION, "broken", fail)))
    with pytest.raises(StoreError, match="a step failed"):
        open_store(old)
    assert layout(old) == before
    monkeypatch.undo()
    with open_store(old) as store:
        assert len(store.runs()) == 2


def test_steps_lead_to_the_present_version_one_by_one() -> None:
    assert [step.to for step in MIGRATIONS] == list(range(1, SCHEMA_VERSION + 1))


def test_schema_file_is_read_right(db: Path) -> None:
    open_store(db).close()
    found: dict[str, list[tuple[str, str]]] = {}
    with duckdb.connect(str(db), read_only=True) as connection:
        for table, column, kind in connection.execute(
            """SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal
               ORDER BY table_name, column_index"""
        ).fetchall():
            found.setdefault(table, []).append((column, kind))
    assert {table: list(columns) for table, columns in tables().items()} == found
