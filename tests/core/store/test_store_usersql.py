from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from asi_evolve.errors import UsageError
from asi_evolve.store import Queries, Store, open_reader, usersql
from store_samples import simple

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
}


@pytest.fixture(params=["owner", "file"])
def reading(request: pytest.FixtureRequest, store: Store, db: Path) -> Iterator[Queries]:
    store.record(simple(1, value=1.0), state={}).result()
    if request.param == "owner":
        yield store
        return
    store.close()
    with open_reader(db) as reader:
        yield reader


def test_selects_are_answered(reading: Queries) -> None:
    assert reading.user_sql("SELECT experiment_id, value FROM experiments;").to_pylist() == [
        {"experiment_id": "abc123.1", "value": 1.0}
    ]
    assert reading.user_sql("WITH t AS (FROM metrics) SELECT name FROM t").to_pylist() == [{"name": "height"}]
    assert reading.user_sql("SELECT notes->>'operator' AS o FROM experiments").to_pylist() == [{"o": "swap"}]
    assert reading.user_sql("DESCRIBE runs").num_rows == 24
    assert reading.user_sql("SELECT * FROM runs").num_rows == 0


def test_everything_else_is_refused_in_one_line(reading: Queries, tmp_path: Path) -> None:
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


def test_a_long_query_is_stopped(reading: Queries) -> None:
    started = time.monotonic()
    with pytest.raises(UsageError, match=r"stopped after 0.3 s"):
        reading.user_sql("SELECT sum(sin(a.range * b.range)) FROM range(1000000) a, range(1000000) b", timeout_s=0.3)
    assert time.monotonic() - started < 5
    assert reading.user_sql("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_long_query_that_has_begun_to_answer_is_stopped(reading: Queries) -> None:
    slow = "list_sum(list_transform(range(20000), lambda x: sin(x * n)))"
    sql = f"SELECT n, CASE WHEN n > 70000 THEN {slow} END AS s FROM range(10000000) t(n)"
    with pytest.raises(UsageError, match=r"stopped after 1 s"):
        reading.user_sql(sql, timeout_s=1)
    assert reading.user_sql("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_huge_result_is_refused_before_it_fills_the_memory(reading: Queries, monkeypatch: pytest.MonkeyPatch) -> None:
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
