from __future__ import annotations

from pathlib import Path

from asi_evolve.store import open_store
from store_samples import info, rich


def test_a_thousand_small_rounds_are_a_small_file(db: Path) -> None:
    with open_store(db) as store:
        store.create_run(info())
        for n in range(1000):
            store.begin_round("abc123", n, f"abc123.{n}", ())
            store.record(rich(n, outputs=False), state={"n": n})
    # With DuckDB's own block size it was 4.5 MB. The log is empty after closing.
    assert db.stat().st_size < 2_500_000
    assert not db.with_name(db.name + ".wal").exists()
