from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asi_evolve.errors import StoreError, UsageError
from asi_evolve.store import Store, open_reader, sqlprocess, usersql
from asi_evolve.store.backend import LocalBackend
from asi_evolve.store.connection import open_database
from asi_evolve.store.lock import held_by
from asi_evolve.store.readapi import RemoteBackend
from asi_evolve.store.usersql import run_user_sql
from store_samples import simple

if TYPE_CHECKING:
    import pyarrow as pa

REFUSED = {
    "COPY runs TO 'x.csv'": "COPY",
    "ATTACH 'x.duckdb'": "ATTACH",
    "INSTALL httpfs": "only SELECT",
    "LOAD httpfs": "only SELECT",
    "PRAGMA database_list": "PRAGMA",
    "SET memory_limit = '1GB'": "only SELECT",
    "INSERT INTO runs SELECT * FROM runs": "INSERT",
    "UPDATE runs SET seed = 1": "UPDATE",
    "DELETE FROM runs": "DELETE",
    "DROP TABLE runs": "DROP",
    "CREATE TABLE t AS SELECT 1": "CREATE",
    "CALL pragma_version()": "CALL",
    "EXPORT DATABASE 'x'": "EXPORT",
    "CHECKPOINT": "only SELECT",
    "EXPLAIN ANALYZE SELECT 1": "EXPLAIN",
    "BEGIN": "only SELECT",
    "PREPARE p AS SELECT 1": "only SELECT",
    "SELECT 1; SELECT 2": "exactly one SELECT",
    "": "exactly one SELECT",
    "-- nothing": "exactly one SELECT",
    "SELEC 1": "does not parse",
    "SELECT * FROM read_text('/etc/passwd')": "outside the database",
    "SELECT * FROM read_csv('/etc/passwd')": "outside the database",
    "SELECT * FROM read_blob('/etc/passwd')": "outside the database",
    "SELECT * FROM glob('/*')": "outside the database",
    "SELECT * FROM duckdb_secrets()": "outside the database",
    "SELECT * FROM '/etc/passwd'": "SQL failed",
    "SELECT * FROM 'https://example.com/x.parquet'": "outside the database",
    "SELECT * FROM visible_here": "SQL failed",
    "SELECT no_such_column FROM runs": "no_such_column",
    "SELECT getenv('HOME')": "SQL failed",
    "SELECT * FROM query($$COPY runs TO 'x.csv'$$)": "single SELECT",
    "SELECT * FROM query($$SELECT * FROM read_text('/etc/passwd')$$)": "outside the database",
    "SELECT * FROM query_table('/etc/passwd')": "SQL failed",
    'SELECT * FROM "x.csv"': "outside the database",
    "SELECT * FROM 's3://x/y.parquet'": "outside the database",
    "SELECT * FROM sniff_csv('/etc/passwd')": "outside the database",
    "SELECT * FROM read_duckdb('/etc/passwd')": "outside the database",
    "SELECT * FROM parquet_metadata('/etc/passwd')": "outside the database",
    "SELECT * FROM duckdb_extensions()": "outside the database",
    "SELECT * FROM which_secret('s3://x', 's3')": "outside the database",
    "SELECT * FROM arrow_scan(1, 2, 3)": "SQL failed",
    "SELECT * FROM enable_logging()": "locked",
    "SELECT * FROM enable_profiling()": "locked",
    "WITH x AS (INSERT INTO runs SELECT * FROM runs RETURNING *) FROM x": "SQL failed",
    "WITH x AS (DELETE FROM runs RETURNING *) FROM x": "SQL failed",
    "SELECT * FROM json_execute_serialized_sql('x')": "SQL failed",
    "SELECT nextval('x')": "SQL failed",
    "SELECT 1 INTO x": "does not parse",
    "SELECT * FROM (CALL pragma_version())": "does not parse",
    "CREATE TEMP MACRO f(a) AS a": "CREATE",
    "SET VARIABLE x = 1": "only SELECT",
    "USE memory": "only SELECT",
    "RESET memory_limit": "only SELECT",
    "VACUUM": "only SELECT",
    "COMMENT ON TABLE runs IS 'x'": "only SELECT",
    "/* a */ COPY runs TO 'x.csv'": "COPY",
    "-- x\rCOPY runs TO 'x.csv'": "COPY",
    "\ufeffCOPY runs TO 'x.csv'": "COPY",
    "SELECT 1\uff1b DROP TABLE runs": "does not parse",
    "SELECT 1;\0DROP TABLE runs": "does not parse",
    "SELECT '\ud800'": "not valid text",
}


class Reading:
    """What the process of a query does with it, in this process: a query costs a hundredth of that."""

    def __init__(self, backend: LocalBackend) -> None:
        self.backend = backend

    def user_sql(self, sql: str, timeout_s: float = 30) -> pa.Table:
        with self.backend.cursor() as cursor:
            return run_user_sql(cursor, sql, timeout_s)


@pytest.fixture(params=["owner", "file"])
def reading(request: pytest.FixtureRequest, store: Store, db: Path) -> Iterator[Reading]:
    store.record(simple(1, value=1.0), state={}).result()
    if request.param == "owner":
        yield Reading(store.backend)
        return
    store.close()
    connection, _ = open_database(db, read_only=True)
    yield Reading(LocalBackend(connection))
    connection.close()


def test_selects_are_answered(reading: Reading) -> None:
    assert reading.user_sql("SELECT experiment_id, value FROM experiments;").to_pylist() == [
        {"experiment_id": "abc123.1", "value": 1.0}
    ]
    assert reading.user_sql("WITH t AS (FROM metrics) SELECT name FROM t").to_pylist() == [{"name": "height"}]
    assert reading.user_sql("SELECT notes->>'operator' AS o FROM experiments").to_pylist() == [{"o": "swap"}]
    assert reading.user_sql("DESCRIBE runs").num_rows == 24
    assert reading.user_sql("SELECT * FROM runs").num_rows == 0


def test_everything_else_is_refused_in_one_line(reading: Reading, tmp_path: Path) -> None:
    import pyarrow as pa

    visible_here = pa.table({"secret": [1]})
    before = sorted(f.name for f in tmp_path.iterdir())
    for sql, reason in REFUSED.items():
        with pytest.raises(UsageError) as error:
            reading.user_sql(sql)
        assert reason in str(error.value), sql
        assert "\n" not in str(error.value)
    assert sorted(f.name for f in tmp_path.iterdir()) == before
    assert reading.user_sql("SELECT count(*) AS n FROM experiments").to_pylist() == [{"n": 1}]
    assert visible_here.num_rows == 1


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 1e300])
def test_a_time_limit_is_a_number_of_seconds(reading: Reading, seconds: float) -> None:
    with pytest.raises(UsageError, match="time limit"):
        reading.user_sql("SELECT 1", timeout_s=seconds)


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        "SELECT * FROM generate_series(1, 100000000000)",
        "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))",
    ],
)
def test_queries_without_end_end(reading: Reading, sql: str) -> None:
    with pytest.raises(UsageError):
        reading.user_sql(sql, timeout_s=0.5)
    assert reading.user_sql("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_long_query_is_stopped(reading: Reading) -> None:
    started = time.monotonic()
    with pytest.raises(UsageError, match=r"stopped after 0.3 s"):
        reading.user_sql("SELECT sum(sin(a.range * b.range)) FROM range(1000000) a, range(1000000) b", timeout_s=0.3)
    assert time.monotonic() - started < 60
    assert reading.user_sql("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_long_query_that_has_begun_to_answer_is_stopped(reading: Reading) -> None:
    slow = "list_sum(list_transform(range(20000), lambda x: sin(x * n)))"
    sql = f"SELECT n, CASE WHEN n > 70000 THEN {slow} END AS s FROM range(10000000) t(n)"
    with pytest.raises(UsageError, match=r"stopped after 1 s"):
        reading.user_sql(sql, timeout_s=1)
    assert reading.user_sql("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_huge_result_is_refused_before_it_fills_the_memory(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usersql, "LARGEST", 1024**2)
    with pytest.raises(UsageError, match="larger than 1 MiB"):
        reading.user_sql("SELECT * FROM range(100000000000)", timeout_s=20)
    assert reading.user_sql("SELECT * FROM range(10000)").num_rows == 10000


def test_the_owner_goes_on_writing_after_refusals(store: Store) -> None:
    for sql in ("DELETE FROM runs", "SELECT * FROM read_text('x')", "SELECT nope"):
        with pytest.raises(UsageError):
            store.user_sql(sql)
    store.record(simple(1, value=1.0), state={}).result(10)
    assert store.best("abc123") == "abc123.1"


HUGE = "SELECT repeat('x', 4000000000)"
DEAF = "SELECT length(lpad('x', 200000000, 'y')) FROM range(1000)"


@pytest.mark.parametrize("live", [True, False])
def test_one_huge_value_takes_nothing_of_this_process(
    store: Store, db: Path, tmp_path: Path, live: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB looks neither at its clock nor at its memory limit there, so the query has a process of its own."""
    monkeypatch.setattr(sqlprocess, "LARGEST_GROWTH", 1024**3)
    monkeypatch.setattr(sqlprocess, "PATIENCE_S", 0.2)
    store.record(simple(1, value=1.0), state={}).result()
    if not live:
        store.close()
    with open_reader(db) as reader:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(UsageError, match=r"the SQL .*(allocate|memory)"):
            reader.user_sql(HUGE, 60)
        with pytest.raises(UsageError, match="stop"):
            reader.user_sql(DEAF, 0.01)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024, "kilobytes"
        answer = reader.user_sql("SELECT count(*) AS n FROM experiments WHERE value >= $1", params=[1.0])
        assert answer.to_pylist() == [{"n": 1}]
    assert not list(tmp_path.glob(".asi-evolve-sql-*")), "the copy goes with the query"
    if live:
        assert store.record(simple(2, value=2.0), state={}).result(60) is None


def test_without_room_for_a_copy_the_query_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlprocess, "_LEAST_FREE", 10**18)
    with pytest.raises(StoreError, match="free some or ask when the run has ended"):
        store.user_sql("SELECT 1")


def test_the_owner_copies_to_new_files_in_private_folders_only(store: Store, db: Path, tmp_path: Path) -> None:
    owner = held_by(db)
    assert owner is not None
    backend = RemoteBackend(owner)
    (open_folder := tmp_path / "open").mkdir(mode=0o755)
    (private := tmp_path / "private").mkdir(mode=0o700)
    (private / "there").write_text("mine")
    (tmp_path / "link").symlink_to(private)
    (private / "dangling").symlink_to(tmp_path / "nothing")
    for target in (
        open_folder / "copy", private / "there", tmp_path / "link" / "copy", private / "dangling",
        tmp_path / "none" / "copy", Path("copy"), db,
    ):  # fmt: skip
        with pytest.raises(StoreError, match="no place for a copy"):
            backend.snapshot(target)
    assert (private / "there").read_text() == "mine"
    assert sorted(path.name for path in private.iterdir()) == ["dangling", "there"]
    backend.snapshot(private / "copy")
    assert (private / "copy").stat().st_size > 0
    backend.close()
