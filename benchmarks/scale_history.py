"""A database with a very long run, made for ``scale.py``: a short real run, its rounds multiplied by SQL.

A run of ``TEMPLATE`` rounds of ``scale_domain.py`` is made for real. Every further round copies the rows of one of
them, in all tables, under its own id, with its own value, features, parents, source and texts, so that the database is
what a run of that length leaves behind, up to the search's progress. Deterministic for one version of DuckDB.
"""

from __future__ import annotations

import time
import zlib
from pathlib import Path

import asi_evolve as ae
import duckdb
from asi_evolve.store import open_store
from asi_evolve.store.packing import _columns
from asi_evolve.store.schema import CHILD_TABLES, column_names, tables

TEMPLATE = 24
CHUNK = 50_000
DOMAIN = Path(__file__).with_name("scale_domain.py")

# t: a row of the template; n: the new round; u(n, k): a number from 0 to 1.
_VALUE = "(20.0 + 6.0 * sqrt(-2 * ln(u(n, 1) + 1e-12)) * cos(6.283185307179586 * u(n, 2)) + n / 1e6)"
_PARENT = "(run || '.' || greatest(1, floor((n - 1) * sqrt(u(n, 3))))::BIGINT)"
_OTHER = "(run || '.' || greatest(1, floor((n - 1) * u(n, 4 + position)))::BIGINT)"
_SIZE, _SPREAD = "round(40 * u(n, 31), 6)", "round(20 * u(n, 32), 6)"
_VALID = "(n % 17 <> 0)"
_OVERRIDES: dict[str, dict[str, str]] = {
    "experiments": {
        "round": "n",
        "status": f"CASE WHEN {_VALID} THEN 'ok' ELSE 'error' END",
        "valid": _VALID,
        "value": f"CASE WHEN {_VALID} THEN {_VALUE} END",
        "fitness": f"CASE WHEN {_VALID} THEN {_VALUE} END",
        "features": f"""'{{"size":' || {_SIZE} || ',"spread":' || {_SPREAD} || '}}'""",
        "score": f"""'{{"value":' || {_VALUE} || ',"fitness":null,"valid":' || {_VALID} || '}}'""",
        "parents": f"[{_PARENT}]",
        "motivation": f"regexp_replace(t.motivation, run || '\\.\\w+', {_PARENT}, 'g')",
        "notes": """regexp_replace(t.notes, '"program_hash":"\\w+"',
                                   '"program_hash":"' || sha256(n::VARCHAR) || '"')""",
        "sampler_data": f"""'{{"parent":"' || {_PARENT} || '"}}'""",
    },
    "candidate_files": {"source": "t.source || '# program ' || md5(n::VARCHAR) || chr(10)"},
    "attempts": {"motivation": f"regexp_replace(t.motivation, run || '\\.\\w+', {_PARENT}, 'g')"},
    "metrics": {"value": f"CASE WHEN t.name = 'x' THEN {_VALUE} ELSE t.value + u(n, 40 + position) END"},
    "scores": {"value": f"CASE WHEN {_VALID} THEN {_VALUE} END", "valid": _VALID},
    "analyses": {
        "summary": f"regexp_replace(t.summary, run || '\\.\\w+', {_PARENT}, 'g')",
        "lessons": "list_transform(range(len(t.lessons)), lambda i: run || '.' || n || '.l' || i)",
    },
    "lessons": {
        "lesson_id": "run || '.' || n || '.l' || position",
        "evidence": f"[run || '.' || n, {_PARENT}]",
        "effect": "2 * u(n, 50 + position) - 1",
    },
    "provenance": {
        "ref_id": f"""CASE t.kind WHEN 'cognition' THEN t.ref_id WHEN 'experiment' THEN {_OTHER}
                      ELSE {_OTHER} || '.l0' END"""
    },
}


def build(db: Path, size: int, cognition: int = 0, packed: bool = True) -> tuple[str, float]:
    """Make the database; gives the run's id and the seconds that it took.

    Args:
        db: A path at which there is nothing yet.
        size: Rounds of the run, at least ``TEMPLATE``.
        cognition: Items of the kind ``experience`` that are put into its knowledge base.
        packed: With the packed copies of all records; without, as a database from before schema 4, it takes a third
            of the time to make.
    """
    start = time.perf_counter()
    run = ae.run(str(DOMAIN), rounds=TEMPLATE, seed=1, workers=1, db=db)
    with open_store(db, purpose="a synthetic history") as store:
        store._writer.call(lambda connection: _multiply(connection, run.run_id, size, packed)).result()
        if cognition:
            items = [_item(i) for i in range(cognition)]
            for first in range(0, cognition, 10_000):
                store.add_cognition(items[first : first + 10_000], run.info.plugin).result()
    return run.run_id, time.perf_counter() - start


def _multiply(connection: duckdb.DuckDBPyConnection, run: str, size: int, packed: bool) -> None:
    connection.execute("CREATE TEMP MACRO u(n, k) AS (hash(n * 64 + k) % 1000003) / 1000003.0")
    connection.execute("CREATE TEMP TABLE base AS SELECT round, seq, experiment_id FROM experiments WHERE round > 0")
    connection.execute("CREATE TEMP TABLE packed (seq BIGINT, record BLOB)")
    [(highest,)] = connection.execute("SELECT max(seq) FROM experiments").fetchall()
    for first in range(TEMPLATE + 1, size + 1, CHUNK):
        last = min(size + 1, first + CHUNK)
        for table in (*CHILD_TABLES, "experiments"):
            names = column_names(table)
            position = "t.position" if "position" in names else "0"
            given = {
                "experiment_id": "run || '.' || n",
                "seq": f"{highest - TEMPLATE} + n",
                **_OVERRIDES.get(table, {}),
            }
            columns = ", ".join(f"{given.get(name, 't.' + name)} AS {name}" for name in names)
            copies = f"""SELECT {columns} FROM (
                        SELECT t.*, r.range AS n, '{run}' AS run, {position} AS place FROM range({first}, {last}) r
                        JOIN base b ON b.round = (r.range - 1) % {TEMPLATE} + 1 JOIN {table} t ON t.seq = b.seq
                    ) t ORDER BY n, place"""
            if table != "experiments":
                connection.execute(f"INSERT INTO {table} {copies}")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {copies}")
        if packed:
            _pack(connection, highest - TEMPLATE + first, highest - TEMPLATE + last - 1)
        connection.execute(
            "INSERT INTO experiments SELECT s.* REPLACE (p.record AS record) FROM staged s "
            "LEFT JOIN packed p USING (seq) ORDER BY seq"
        )
    connection.execute("UPDATE runs SET rounds = ? WHERE run_id = ?", [size, run])


def _pack(connection: duckdb.DuckDBPyConnection, low: int, high: int) -> None:
    """Fill ``packed`` for the ``staged`` experiments, whose ``seq`` is ``low`` to ``high``, as ``packing.pack`` would.

    The JSON is made by SQL: through Python it would take ten times as long.
    """
    main, children, mark = _columns()

    def values(table: str, names: tuple[str, ...]) -> str:
        types = dict(tables()[table])
        return ", ".join(f"{name}::VARCHAR" if types[name] == "JSON" else name for name in names)

    parts, joins = [], []
    for table, names in children.items():
        order = "ORDER BY position" if "position" in names else ""
        joins.append(
            f"""LEFT JOIN (SELECT seq, '[' || string_agg(json_array({values(table, names)})::VARCHAR, ',' {order})
                           || ']' AS list FROM {table} WHERE seq BETWEEN {low} AND {high} GROUP BY seq) {table}_
                USING (seq)"""
        )
        parts.append(f"coalesce({table}_.list, '[]')")
    found = connection.execute(
        f"""SELECT seq, '[' || json_array({values("experiments", main)})::VARCHAR || ',[' || {" || ',' || ".join(parts)}
                   || ']]' FROM staged {" ".join(joins)}"""
    ).fetchall()
    blobs = [mark + zlib.compress(text.encode(), 1) for _, text in found]
    connection.execute("DELETE FROM packed")
    connection.execute(
        "INSERT INTO packed SELECT unnest($1::BIGINT[]), unnest($2::BLOB[])", [[s for s, _ in found], blobs]
    )


def _item(i: int) -> ae.CognitionItem:
    """An item of made-up words: 5,000 words with the frequencies of a natural text."""
    import numpy as np

    words = (np.random.default_rng(i).zipf(1.3, size=40) % 5000).tolist()
    text = " ".join(f"w{_letters(w)}" for w in words)
    return ae.CognitionItem(f"item-{i}", " ".join(text.split()[:5]), text, "synthetic", origin="experience")


def _letters(number: int) -> str:
    return "".join("bcdfghklmn"[int(d)] for d in str(number))
