"""Records that left memory come back from the spill file as they were, and never a stale one."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest
from asi_evolve.store import Store, spill
from asi_evolve.store import store as store_module
from asi_evolve.store.codec import Encoded, encode
from asi_evolve.store.spill import Spill
from store_samples import info, rich, simple


def rows(n: int) -> Encoded:
    encoded = encode(rich(n), provenance_class="novel", keep_outputs=False)
    encoded.main["value"] = math.nan if n % 5 == 0 else n / 3
    encoded.main["motivation"] = "".join(random.Random(n).choices("abc\ud800é\n", k=500))
    return encoded


def same(one: Encoded | None, two: Encoded) -> bool:
    return one is not None and repr(one) == repr(two)  # NaN is not equal to itself


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    kept = Spill(tmp_path)
    made = [rows(n) for n in random.Random(0).sample(range(1, 400), 100)]
    for encoded in made:
        kept.put(encoded)
    assert all(encoded.experiment_id in kept and same(kept.get(encoded.experiment_id), encoded) for encoded in made)
    assert kept.get("abc123.999") is None
    assert "abc123.999" not in kept
    made[3].main["feedback"] = "another"
    kept.put(made[3])
    assert same(kept.get(made[3].experiment_id), made[3])
    kept.discard(made[3].experiment_id)
    assert kept.get(made[3].experiment_id) is None
    assert not list(tmp_path.iterdir()), "the file has no name, so nobody has to remove it"
    kept.close()
    assert kept.get(made[0].experiment_id) is None


def test_a_full_disk_or_file_costs_the_spill_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = Spill(tmp_path, largest=4_000)
    made = [rows(n) for n in range(1, 60)]
    for encoded in made:
        small.put(encoded)
    assert same(small.get("abc123.1"), made[0])
    assert small.get("abc123.59") is None
    monkeypatch.setattr(spill, "LEAST_FREE", 10**18)
    full = Spill(tmp_path)
    full.put(rows(1))
    assert full.get("abc123.1") is None
    nowhere = Spill(tmp_path / "missing")
    nowhere.put(rows(1))
    assert nowhere.get("abc123.1") is None


def test_the_store_reads_old_records_from_it_and_new_ones_never(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "CACHED", 3)
    store.create_run(info())
    made = [rich(n) if n % 4 == 0 else simple(n, value=float(n)) for n in range(1, 30)]
    for experiment in made:
        store.record(experiment, state={}).result()
    store.flush()
    asked: list[str] = []
    ask = store._rows

    def counting(sql: str, params: Any = ()) -> Any:
        asked.append(sql)
        return ask(sql, params)

    monkeypatch.setattr(store, "_rows", counting)
    assert [store.experiment(e.experiment_id) for e in made] == made
    assert not asked, "every record was in memory or in the spill"
    again = simple(2, value=77.0)
    store.record(again, state={}).result()
    for experiment in made[10:20]:
        store.experiment(experiment.experiment_id)
    assert store.experiment("abc123.2") == again
