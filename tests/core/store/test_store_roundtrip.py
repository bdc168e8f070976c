from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from asi_evolve.errors import DomainError, NotFoundError, StoreError
from asi_evolve.history import Entry
from asi_evolve.records import Analysis, CognitionItem, Lesson, Score
from asi_evolve.sandbox import wire
from asi_evolve.store import Store, jsonio, open_reader, open_store
from asi_evolve.store.artifacts import pack, unpack
from store_samples import info, rich, simple


def reopened(store: Store, db: Path) -> Store:
    store.close()
    return open_store(db)


def test_experiment_comes_back_equal_before_and_after_its_commit(store: Store, db: Path) -> None:
    store.create_run(info())
    original = rich()
    store.record(original, state={"sampler": {"n": 1}}, provenance_class="cognition", keep_outputs=False)
    assert store.experiment(original.experiment_id) == original
    store.flush()
    assert store.experiment(original.experiment_id) == original
    with reopened(store, db) as again:
        assert again.experiment(original.experiment_id) == original
        assert again.state("abc123") == {"sampler": {"n": 1}}
        assert again.provenance_classes("abc123") == {"abc123.3": "cognition"}


def test_order_of_files_metrics_and_notes_is_kept(store: Store, db: Path) -> None:
    store.record(rich(), state={}).result()
    with reopened(store, db) as again:
        back = again.experiment("abc123.3")
        assert list(back.candidate.files) == ["z.py", "a.py"]
        assert back.score is not None
        assert list(back.score.metrics) == ["b", "a"]
        assert list(back.notes) == ["operator", "$strange", "deep"]


def test_outputs_come_back_only_when_kept(store: Store, db: Path) -> None:
    store.record(rich(3, outputs=True), state={}, keep_outputs=True)
    store.record(rich(4, outputs=True), state={}, keep_outputs=False)

    def check(reading: Store) -> None:
        kept = reading.experiment("abc123.3").executions
        assert kept[0].outputs is not None
        np.testing.assert_array_equal(kept[0].outputs["centres"], np.arange(6.0).reshape(3, 2))
        assert kept[0].emitted[0]["radius"].dtype == np.float32
        found = reading.outputs("abc123.3")
        assert sorted(found) == [0, 1]
        np.testing.assert_array_equal(found[1]["centres"], np.arange(6.0).reshape(3, 2) + 1)
        assert found[1]["label"] == "ok"
        dropped = reading.experiment("abc123.4").executions
        assert dropped[0].outputs is None
        assert dropped[0].emitted == ()
        with pytest.raises(NotFoundError, match="not kept"):
            reading.outputs("abc123.4")

    check(store)  # perhaps before the commit
    store.flush()
    check(store)
    with reopened(store, db) as again:
        check(again)


def test_all_that_the_sandbox_lets_through_comes_back() -> None:
    """What a candidate returns must not stop the run when it is kept: complex numbers once did."""
    outputs = {
        "z": 1j,
        "list": [complex(math.inf, -0.0), math.nan, 2**63, -(2**64) + 1, True, None, "nul \x00"],
        "$complex": [1, 2],
        "$array": 7,
        "$float": "nan",
        "empty": np.zeros((0, 3), np.float16),
        "scalar": np.array(3.0),
        "complex": np.array([1 + 2j], np.complex64),
    }
    back = unpack(pack(wire_decode(outputs)))
    assert back["z"] == 1j
    assert repr(back["list"]) == repr(outputs["list"])
    assert (back["$complex"], back["$array"], back["$float"]) == ([1, 2], 7, "nan")
    assert back["empty"].shape == (0, 3)
    assert back["scalar"].shape == ()
    assert back["complex"].dtype == np.complex64


def wire_decode(value: object) -> object:
    frame = wire.encode(value)
    header, _ = wire.PREFIX.unpack_from(frame)
    start = wire.PREFIX.size + header
    return wire.decode(frame[wire.PREFIX.size : start], frame[start:])


def test_artifacts_are_content_addressed_shared_and_checked(store: Store, db: Path) -> None:
    for number in (3, 4, 5):
        store.record(rich(number, outputs=True), state={}, keep_outputs=True)
    store.flush()
    files = sorted((db.parent / "runs.duckdb.artifacts").rglob("*"))
    names = [f for f in files if f.is_file()]
    assert len(names) == 2, "two replicates, the same in all three experiments"
    assert all(f.suffix == ".npz" and f.stem.startswith(f.parent.name) for f in names)
    rows = store.user_sql("SELECT sha256, bytes FROM artifacts ORDER BY 1").to_pylist()
    assert [(r["sha256"], r["bytes"]) for r in rows] == sorted((f.stem, f.stat().st_size) for f in names)
    for name in names:
        name.write_bytes(b"tampered")
    with pytest.raises(NotFoundError, match="damaged"):
        store.outputs("abc123.3")
    assert store.experiment("abc123.3").executions[0].outputs is None


def test_state_is_copied_at_the_call(store: Store) -> None:
    state = {"n": [1]}
    future = store.record(simple(1, value=1.0), state=state)
    state["n"].append(2)
    future.result()
    assert store.state("abc123") == {"n": [1]}


def test_lessons_without_ids_get_them(store: Store) -> None:
    analysis = Analysis("s", (Lesson("one", 0.5, "x"), Lesson("two", 0.25, "y", lesson_id="abc123.1.special")))
    store.record(simple(1, value=1.0, analysis=analysis), state={}).result()
    assert [lesson.lesson_id for lesson in store.lessons("abc123")] == ["abc123.1.l0", "abc123.1.special"]


def test_recording_again_replaces_and_keeps_the_place(store: Store) -> None:
    store.record(rich(1), state={"n": 1})
    store.record(simple(2, value=9.0), state={"n": 2}).result()
    store.record(simple(1, value=5.0), state={"n": 3}).result()
    assert [entry.experiment_id for entry in store.entries("abc123")] == ["abc123.1", "abc123.2"]
    assert store.experiment("abc123.1") == simple(1, value=5.0)
    counts = store.user_sql(
        "SELECT (SELECT count(*) FROM executions), (SELECT count(*) FROM metrics), (SELECT count(*) FROM lessons)"
    )
    assert list(counts.to_pylist()[0].values()) == [0, 2, 0]


def test_value_is_null_unless_valid_yet_the_score_comes_back(store: Store, db: Path) -> None:
    suspicious = simple(1, status="quarantined", score=Score(99.0, True, {"m": 99.0}))
    invalid = simple(2, status="ok", score=Score(None, False, {}, {}, "overlap of 0.2"))
    infinite = simple(3, status="ok", score=Score(math.inf, True))
    for experiment in (suspicious, invalid, infinite, simple(4, value=-2.0), simple(5, value=-2.0)):
        store.record(experiment, state={}).result()
    rows = {row["experiment_id"]: row for row in store.rows("abc123")}
    assert rows["abc123.1"]["value"] is None
    assert rows["abc123.1"]["valid"] is False
    assert rows["abc123.2"]["feedback"] == "overlap of 0.2"
    assert store.best("abc123") == "abc123.4", "the earliest of equals; not what is infinite or quarantined"
    with reopened(store, db) as again:
        assert again.experiment("abc123.1") == suspicious
        assert again.experiment("abc123.2") == invalid


def test_entries_equal_those_of_the_loop(store: Store) -> None:
    experiments = [simple("s0", value=0.5), rich(3), simple(1, value=None), simple(2, value=1.0, sampler_data={"i": 1})]
    for experiment in experiments:
        store.record(experiment, state={})
    store.flush()
    expected = [Entry.of(experiment, index) for index, experiment in enumerate(experiments)]
    assert store.entries("abc123") == expected
    upto = [entry.experiment_id for entry in store.entries("abc123", upto_round=1)]
    assert upto == ["abc123.s0", "abc123.1"]


def test_running_rounds_are_marked_interrupted_and_made_again(store: Store, db: Path) -> None:
    store.create_run(info())
    store.begin_round("abc123", 2, "abc123.2", ["abc123.1"])
    store.begin_round("abc123", 1, "abc123.1", ["abc123.s0"])
    store.record(simple(1, value=1.0), state={})
    store.begin_round("abc123", 1, "abc123.1", [])  # must not touch the finished one
    store.flush()
    assert store.experiment("abc123.2").status == "running"
    assert store.experiment("abc123.2").candidate.parents == ("abc123.1",)
    assert [row["status"] for row in store.rows("abc123", unfinished=True)] == ["ok", "running"]
    with reopened(store, db) as again:
        assert again.mark_interrupted("abc123") == [2]
        assert again.mark_interrupted("abc123") == []
        assert again.experiment("abc123.2").status == "interrupted"
        assert [event["data"]["experiment_id"] for event in again.events("abc123")] == ["abc123.2"]
        assert len(again.entries("abc123")) == 1
        again.begin_round("abc123", 2, "abc123.2", ["abc123.1"]).result()
        assert again.experiment("abc123.2").status == "running"
        again.record(simple(2, value=2.0), state={}).result()
        assert again.experiment("abc123.2") == simple(2, value=2.0)
        assert again.experiment("abc123.1") == simple(1, value=1.0)
        assert again.mark_interrupted("abc123") == []


def test_runs_come_back_and_are_updated(store: Store, db: Path) -> None:
    store.create_run(info("ffffff"))
    store.create_run(info("aaaaaa", target=2.5, parent_run="ffffff", forked_at=3)).result()
    store.update_run("ffffff", status="stopped", reason="asked to", ended_at="2026-01-02T00:00:00Z", config={"x": [1]})
    store.update_run("aaaaaa").result()
    with reopened(store, db) as again:
        first, second = again.runs()
        assert second == info("aaaaaa", target=2.5, parent_run="ffffff", forked_at=3)
        ended = {"status": "stopped", "reason": "asked to", "ended_at": "2026-01-02T00:00:00Z", "config": {"x": [1]}}
        assert first == info("ffffff", **ended)
        assert again.resolve_run(None) == "aaaaaa", "the newest, although others sort after it"
        assert again.run_info("ffffff") == first
        with pytest.raises(TypeError, match="colour"):
            again.update_run("ffffff", colour="red")


def test_cognition_events_calls_and_embeddings(store: Store, db: Path) -> None:
    item = CognitionItem("i1", "T", "I", "S 2020", ("a",), ("b",), "human")
    store.add_cognition([item, dataclasses.replace(item, item_id="i0")], "parabola")
    store.add_cognition([dataclasses.replace(item, insight="better")], "parabola")
    store.event("abc123", "note", {"text": "x", "n": float("nan")})
    for _ in range(2):
        store.add_llm_call(
            "abc123", "abc123.1", "propose", "m-1", input_tokens=10, output_tokens=5, cost_usd=0.25,
            request={"q": 1}, response={"a": [1]}, call_id="stable",
        )  # fmt: skip
    vectors = np.eye(2, 3, dtype=np.float32)
    store.add_embeddings("cognition", "hashing", ["i0", "i1"], vectors).result()
    with reopened(store, db) as again:
        assert {i.item_id: i.insight for i in again.cognition("parabola")} == {"i0": "I", "i1": "better"}
        assert again.cognition("other") == []
        (event,) = again.events("abc123")
        assert event["kind"] == "note"
        assert math.isnan(event["data"]["n"])
        (call,) = again.llm_calls("abc123")
        assert (call["cost_usd"], call["request"], call["response"]) == (0.25, {"q": 1}, {"a": [1]})
        ids, matrix = again.embeddings("cognition", "hashing")
        assert ids == ["i0", "i1"]
        np.testing.assert_array_equal(matrix, vectors)


def test_untrusted_text_is_stored_whole(store: Store, db: Path) -> None:
    nasty = "nul \x00 esc \x1b lone \ud800 quote ' \" ; DROP TABLE runs; --"
    experiment = simple(1, value=1.0)
    experiment = dataclasses.replace(
        experiment, candidate=dataclasses.replace(experiment.candidate, motivation=nasty), notes={nasty: [nasty]}
    )
    store.record(experiment, state={}).result()
    with reopened(store, db) as again:
        safe = nasty.replace("\ud800", "?")
        assert again.experiment("abc123.1").candidate.motivation == safe
        assert again.experiment("abc123.1").notes == {safe: [safe]}


def test_what_cannot_be_stored_is_refused_in_the_caller(store: Store) -> None:
    with pytest.raises(TypeError, match="cannot be stored"):
        store.record(simple(1, value=1.0, notes={"f": object()}), state={})
    with pytest.raises(TypeError, match="dtype object"):
        store.record(simple(1, value=1.0), state={"a": np.array([object()])})
    with pytest.raises(DomainError, match="metric 'm'"):
        store.record(simple(1, score=Score(1.0, True, {"m": "high"})), state={})  # type: ignore[dict-item]
    with pytest.raises(StoreError, match="64 bits"):
        store.create_run(info(seed=2**64))
    store.record(simple(1, value=np.float64(1.5), notes={"k": np.int64(3)}), state={}).result()
    assert store.experiment("abc123.1").notes == {"k": 3}


def test_one_bad_write_does_not_take_its_neighbours_with_it(store: Store) -> None:
    import threading

    hold = threading.Event()
    store._writer.call(lambda _: hold.wait(10))  # so that the three share a batch
    good = store.record(simple(1, value=1.0), state={})

    def fail(batch: object) -> None:
        raise RuntimeError("broken")

    bad = store._writer.submit(fail)
    other = store.record(simple(2, value=2.0), state={})
    hold.set()
    good.result(10)
    other.result(10)
    with pytest.raises(StoreError, match="broken"):
        bad.result(10)
    assert len(store.entries("abc123")) == 2


def test_names_are_resolved(store: Store) -> None:
    for run_id in ("abc123", "abd456"):
        store.create_run(info(run_id))
        store.record(simple("s0", run_id, 0.5), state={})
        for number in (1, 2, 12):
            store.record(simple(number, run_id, 10.0 - number), state={})
    store.create_run(info("000000")).result()
    assert store.resolve_run("abc") == "abc123"
    assert store.resolve_run("latest") == "000000"
    with pytest.raises(NotFoundError, match="abc123, abd456"):
        store.resolve_run("ab")
    with pytest.raises(NotFoundError, match="did you mean 'abc123'"):
        store.resolve_run("abc124")
    assert store.resolve_experiment("best", "abc123") == "abc123.1"
    assert store.resolve_experiment("2", "abc123") == "abc123.2"
    assert store.resolve_experiment("s0", "abd456") == "abd456.s0"
    assert store.resolve_experiment("abd.12") == "abd456.12"
    assert store.resolve_experiment("abd456.12") == "abd456.12"
    with pytest.raises(NotFoundError, match=r"'13'.*did you mean.*abc123\.1"):
        store.resolve_experiment("13", "abc123")
    with pytest.raises(NotFoundError, match="no valid experiment"):
        store.resolve_experiment("best", "000000")
    with pytest.raises(NotFoundError, match="no experiment"):
        store.experiment("abc123.99")
    with pytest.raises(NotFoundError, match="no experiment"):
        store.lineage("nothing")
    for error in ("x\ny",):
        with pytest.raises(NotFoundError):
            store.resolve_run(error)


def test_lineage_is_root_first(store: Store) -> None:
    store.record(simple("s0", value=0.0), state={})
    for number in range(1, 6):
        store.record(simple(number, value=float(number)), state={})
    store.flush()
    assert [row["experiment_id"] for row in store.lineage("abc123.4")] == [
        "abc123.s0", "abc123.1", "abc123.2", "abc123.3", "abc123.4",
    ]  # fmt: skip
    assert store.lineage("abc123.4")[-1]["metrics"] == {"height": 4.0}


def test_rows_have_metrics_and_dicts(store: Store) -> None:
    store.record(rich(), state={}, provenance_class="experience").result()
    (row,) = store.rows("abc123")
    assert row["metrics"] == {"b": 2.0, "a": 1.5}
    assert row["sampler_data"] == {"island": 2}
    assert (row["tier"], row["truncated"], row["wall_s"], row["error"]) == ("B", True, 3.5, "over 3.5 s")
    assert (row["stderr"], row["replicates"], row["attested"]) == (0.5, 2, False)
    assert row["provenance_class"] == "experience"
    table = store.table("SELECT experiment_id, value FROM experiments WHERE run_id = ?", ["abc123"])
    assert table.to_pylist() == [{"experiment_id": "abc123.3", "value": 2.0}]


def test_a_reader_of_this_process_shares_the_store(store: Store, db: Path) -> None:
    with open_reader(db) as reader:
        assert reader.live
        store.record(simple(1, value=1.0), state={}).result()
        assert reader.best("abc123") == "abc123.1"
        store.close()
        assert reader.best("abc123") == "abc123.1"
        assert not reader.live
        with open_store(db) as again:
            again.record(simple(2, value=2.0), state={}).result()
            assert reader.best("abc123") == "abc123.2"


def test_after_close_everything_says_so(store: Store) -> None:
    store.close()
    store.close()
    for use in (lambda: store.event("a", "b", {}), lambda: store.runs(), lambda: store.user_sql("SELECT 1")):
        with pytest.raises(StoreError, match="was closed"):
            use()


class _Word(str):
    pass


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1, "b": [1.5, None, True, "x\u2028é"], "c": (1, 2)},
        {"$float": "nan", "deep": [{"$x": 1}]},
        {"nan": math.nan, "inf": [-math.inf]},
        {1: 2, "say": 'it is "$5"'},
        {"f64": np.float64(0.1), "f32": np.float32(0.1), "i": np.int64(3), "b": np.bool_(True)},
        {"array": np.arange(3.0)},
        MappingProxyType({"a": _Word("word")}),
        {"lone \ud800": "\udfff"},
        [-0.0, 1e300, 2**70, "", {}],
    ],
    ids=str,
)
def test_the_fast_way_to_json_gives_what_the_careful_one_gives(value: Any) -> None:
    careful = json.dumps(
        jsonio.plain(value, jsonio._put_inline), ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    assert jsonio.dumps(value) == careful
