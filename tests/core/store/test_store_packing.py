"""A packed record is the record; without one, or with a damaged one, the columns are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asi_evolve.store import Store, open_reader, open_store, packing
from asi_evolve.store.codec import encode
from asi_evolve.store.packing import pack, unpack
from store_samples import info, rich, simple

MADE = [rich(n, outputs=False) if n % 2 else simple(n, value=float(n)) for n in range(1, 9)]


@pytest.fixture
def recorded(db: Path) -> Path:
    with open_store(db) as store:
        store.create_run(info())
        for experiment in MADE:
            store.record(experiment, state={}).result()
        store.fork_run("abc123", info("def456"), None)
        store.fork_run("def456", info("abc789"), 6)
    return db


def counted(store: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    ask = store._rows

    def counting(sql: str, params: Any = ()) -> Any:
        asked.append(sql)
        return ask(sql, params)

    monkeypatch.setattr(store, "_rows", counting)
    return asked


def test_an_old_record_takes_one_query_and_equals_its_columns(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(recorded) as store:
        ids = [row[0] for row in store._rows("SELECT experiment_id FROM experiments ORDER BY seq")]
        assert len(ids) == 8 + 8 + 6
        asked = counted(store, monkeypatch)
        read = {experiment_id: store.experiment(experiment_id) for experiment_id in ids}
        assert len(asked) == len(ids)
        assert [read[experiment.experiment_id] for experiment in MADE] == MADE
        for run_id in ("abc123", "def456", "abc789"):
            for encoded in store._iter_encoded(run_id):
                assert store._encoded(encoded.experiment_id) == encoded
            for experiment in store.iter_experiments(run_id):
                assert read[experiment.experiment_id] == experiment
    with open_store(recorded) as store, open_reader(recorded) as reader:
        assert reader.live
        assert reader.experiment("abc123.3") == MADE[2]


@pytest.mark.parametrize(
    "damage",
    [
        "record = NULL",
        "record = ''::BLOB",
        "record = '\\x00\\x00\\x00\\x00nothing'::BLOB",
        "record = left(base64(record), 8)::BLOB",
    ],
)
def test_without_a_packed_copy_the_columns_are_read(recorded: Path, damage: str, monkeypatch: Any) -> None:
    with open_store(recorded) as store:
        store._writer.call(lambda connection: connection.execute(f"UPDATE experiments SET {damage}")).result()
        asked = counted(store, monkeypatch)
        assert store.experiment("abc123.3") == MADE[2]
        assert len(asked) > 1


def test_a_copy_that_was_packed_with_other_columns_or_is_cut_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = encode(rich(3, outputs=False), provenance_class="novel", keep_outputs=False)
    data = pack(encoded)
    assert unpack(data, "abc123") == encoded
    assert unpack(data[:-9], "abc123") is None
    main, children, mark = packing._columns()
    monkeypatch.setattr(packing, "_columns", lambda: (main, children, bytes([mark[0] ^ 1]) + mark[1:]))
    assert unpack(data, "abc123") is None


def test_a_record_that_is_written_again_is_packed_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.create_run(info())
    store.record(simple(1, value=1.0), state={}).result()
    store.record(simple(1, value=2.0), state={}).result()
    store._cache.clear()
    store._spill.close()
    asked = counted(store, monkeypatch)
    assert store.experiment("abc123.1") == simple(1, value=2.0)
    assert len(asked) == 1
