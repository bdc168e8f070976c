from __future__ import annotations

import dataclasses
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest
from asi_evolve.errors import NotFoundError, StoreError
from asi_evolve.records import Experiment
from asi_evolve.store import Store, open_store
from asi_evolve.store.renaming import rename_params, rename_sql, renamer
from store_samples import info, rich, simple


def renamed(value: Any, old: str = "abc123", new: str = "def456") -> Any:
    """The record with every id of the run renamed, by going through its fields."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {f.name: renamed(getattr(value, f.name), old, new) for f in dataclasses.fields(value)}
        if isinstance(value, Experiment):
            changes["run_id"] = new
        return dataclasses.replace(value, **changes)
    if isinstance(value, tuple):
        return tuple(renamed(item, old, new) for item in value)
    if isinstance(value, list):
        return [renamed(item, old, new) for item in value]
    if isinstance(value, dict):
        return {renamed(key, old, new): renamed(item, old, new) for key, item in value.items()}
    return value.replace(f"{old}.", f"{new}.") if isinstance(value, str) else value


def fill(store: Store) -> list[Experiment]:
    experiments = [
        simple("s0", value=0.5),
        simple("b0", value=0.75),
        simple(2, value=1.0, notes={"from": "abc123.s0", "abc123.s0": ["see abc123.1."]}),
        simple(1, value=None),
        rich(3),
        simple(4, value=4.0),
    ]
    store.create_run(info())
    for experiment in experiments:
        store.record(experiment, state={"best": "abc123.3", "n": experiment.round}, provenance_class="novel")
    store.add_llm_call("abc123", "abc123.1", "propose", "m", cost_usd=1.0)
    store.flush()
    return experiments


def test_fork_copies_rounds_under_new_ids_in_order(store: Store, db: Path) -> None:
    experiments = fill(store)
    store.fork_run("abc123", info("def456", seed=8), 3)
    store.close()
    with open_store(db) as again:
        copied = [e for e in experiments if e.round <= 3]
        assert [entry.experiment_id for entry in again.entries("def456")] == [
            e.experiment_id.replace("abc123", "def456") for e in copied
        ]
        for experiment in copied:
            expected = renamed(experiment)
            assert again.experiment(expected.experiment_id) == expected
            assert again.experiment(experiment.experiment_id) == experiment, "the source stays"
        forked = again.runs()[1]
        assert forked == info("def456", seed=8, parent_run="abc123", forked_at=3)
        assert again.state("def456") == {}, "not everything was copied"
        assert again.llm_calls("def456") == [], "what was paid once is not counted twice"
        assert [lesson.lesson_id for lesson in again.lessons("def456")] == ["def456.3.l0", "def456.3.l1"]
        assert again.events("def456")[0]["data"] == {"source": "abc123", "at_round": 3, "experiments": 5}
        assert again.best("def456") == "def456.3"
        assert set(again.provenance_classes("def456").values()) == {"novel"}


def test_fork_at_the_end_takes_the_state_along(store: Store) -> None:
    fill(store)
    store.fork_run("abc123", info("def456"), 4)
    assert store.state("def456") == {"best": "def456.3", "n": 4}
    store.fork_run("abc123", info("fed654"), None)
    assert store.state("fed654") == {"best": "fed654.3", "n": 4}
    assert store.runs()[2].forked_at == 4
    store.record(simple(5, "def456", 9.0), state={"n": 5}).result()
    assert store.state("def456") == {"n": 5}
    assert store.state("abc123") == {"best": "abc123.3", "n": 4}


def test_fork_shares_kept_outputs(store: Store, db: Path) -> None:
    store.create_run(info())
    store.record(rich(1, outputs=True), state={}, keep_outputs=True).result()
    files = sorted((db.parent / "runs.duckdb.artifacts").rglob("*.npz"))
    store.fork_run("abc123", info("def456"), 1)
    assert store.outputs("def456.1")[0]["label"] == "ok"
    assert sorted((db.parent / "runs.duckdb.artifacts").rglob("*.npz")) == files


def test_fork_refuses_unknown_source_and_taken_id(store: Store) -> None:
    fill(store)
    with pytest.raises(NotFoundError, match="did you mean 'abc123'"):
        store.fork_run("abc124", info("def456"), 1)
    with pytest.raises(StoreError, match="exists"):
        store.fork_run("abc123", info("abc123"), 1)
    assert len(store.runs()) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc123.7", "new.7"),
        ("see abc123.7, abc123.s0 and abc123.b1.l2.", "see new.7, new.s0 and new.b1.l2."),
        ("xabc123.7", "xabc123.7"),
        ("abc123", "abc123"),
        ("abc123.py", "abc123.py"),
        ("1.abc123.7", "1.abc123.7"),
    ],
)
def test_only_ids_are_renamed(text: str, expected: str) -> None:
    assert renamer("abc123", "new")(text) == expected
    assert renamer("abc123", "new")([text]) == [expected]


def test_sql_renames_what_python_renames(store: Store) -> None:
    words = [
        "abc123.7",
        "abc123",
        "abc123.s0",
        "abc123.x",
        "abc123.7abc123.8",
        "_abc123.1",
        "éabc123.1",
        "-abc123.b2",
        ".",
    ]
    rng = random.Random(0)
    texts = [*words, *("".join(rng.choice([*words, " ", ",", "“"]) for _ in range(6)) for _ in range(400))]
    sql = f"SELECT {rename_sql('text', 'VARCHAR')} FROM (SELECT unnest($texts) AS text)"
    connection = duckdb.connect()
    found = connection.execute(sql, {"texts": texts, **rename_params("abc123", "new")}).fetchall()
    rename = renamer("abc123", "new")
    assert [row[0] for row in found] == [rename(text) for text in texts]
    sql = f"SELECT {rename_sql('texts', 'VARCHAR[]')} FROM (SELECT $texts AS texts)"
    [(listed,)] = connection.execute(sql, {"texts": texts, **rename_params("abc123", "new")}).fetchall()
    assert listed == [rename(text) for text in texts]


def test_a_fork_of_a_run_that_others_ran_beside(store: Store) -> None:
    store.create_run(info())
    store.create_run(info("fed654"))
    for n in range(1, 41):
        store.record(simple(n, value=float(n)), state={"n": n})
        store.record(simple(n, "fed654", float(-n)), state={"n": n})
    store.flush()
    store.fork_run("abc123", info("def456"), 30)
    store.record(simple(31, "def456", 99.0), state={}).result()
    assert [entry.experiment_id for entry in store.entries("def456")] == [f"def456.{n}" for n in range(1, 32)]
    assert [entry.value for entry in store.entries("fed654")] == [float(-n) for n in range(1, 41)]
    numbers = [row["seq"] for row in store.rows("def456")]
    assert numbers == list(range(81, 112))
    assert [e.experiment_id for e in store.iter_experiments("def456")] == [f"def456.{n}" for n in range(1, 32)]
    assert list(store.iter_experiments("fed654")) == [store.experiment(f"fed654.{n}") for n in range(1, 41)]
