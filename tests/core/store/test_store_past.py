"""What a long run is summed up by in SQL equals what its rows say."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from asi_evolve.loop.lessons import SUBJECTS, LessonBook
from asi_evolve.records import Analysis, Experiment, Lesson
from asi_evolve.store import Store, past
from store_samples import info, simple


def run_of(store: Store, rounds: int) -> list[Experiment]:
    rng = random.Random(rounds)
    store.create_run(info())
    made = [simple("s0", value=0.5), simple("b0", value=99.0)]
    for n in rng.sample(range(1, rounds + 1), rounds):
        found = simple(n, value=None if rng.random() < 0.3 else float(rng.randrange(4)))
        lessons = tuple(
            Lesson(
                f"lesson {n}", 0.5, f"block:{rng.randrange(6)}", (found.experiment_id,), rng.choice([-1.0, 0.0, 1.0])
            )
            for _ in range(rng.randrange(3))
        )
        made.append(replace(found, analysis=Analysis("", lessons), notes={"program_hash": f"h{n // 3}"}))
    for experiment in made:
        kind = rng.choice(["novel", "cognition", "experience"]) if experiment.round else None
        store.record(experiment, state={}, provenance_class=kind)
    store.flush()
    return made


@pytest.mark.parametrize("rounds", [0, 1, 2, 7, 50])
def test_counts_are_those_of_the_rows(store: Store, rounds: int) -> None:
    run_of(store, rounds)
    rows = [row for row in store.rows("abc123") if row["round"] > 0]
    kinds = Counter("valid" if r["valid"] else "invalid" if r["status"] == "ok" else r["status"] for r in rows)
    assert store.statuses("abc123") == dict(kinds)
    assert list(store.statuses("abc123").items()) == sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    assert store.rounds_done("abc123") == rounds
    assert store.cpu_seconds("abc123") == pytest.approx(sum(row["cpu_s"] for row in store.rows("abc123")))

    valid = sorted((r for r in rows if r["value"] is not None), key=lambda r: (-r["value"], r["round"]))
    in_order = sorted(rows, key=lambda r: r["round"])
    cut = [round(rounds * i / 3) for i in range(4)]
    groups: dict[str, list[dict[str, Any]]] = {"all": rows, "best 10%": valid[: max(1, len(valid) // 10)]}
    groups |= {f"third {i + 1}": in_order[cut[i] : cut[i + 1]] for i in range(3)}
    expected = {name: dict(Counter(r["provenance_class"] for r in group)) for name, group in groups.items()}
    assert store.provenance_counts("abc123") == expected


def test_recent_lessons_fill_the_book_as_all_of_them_would(store: Store) -> None:
    made = run_of(store, 50)
    whole, recent = LessonBook(), LessonBook()
    for experiment in made:
        if experiment.analysis is not None:
            whole.add(store.experiment(experiment.experiment_id).analysis.lessons)  # type: ignore[union-attr]
    recent.add(store.recent_lessons("abc123", SUBJECTS))
    assert whole.recall(99) == recent.recall(99)
    assert len(whole.recall(99)) > 8
    assert [x.lesson_id for x in store.recent_lessons("abc123", 3)] == [
        x.lesson_id for x in store.recent_lessons("abc123", 99)[-3:]
    ]


def test_each_program_belongs_to_the_one_that_had_it_first(store: Store) -> None:
    made = run_of(store, 50)
    table = store.program_hashes("abc123")
    first: dict[str, str] = {}
    for experiment in made:
        if "program_hash" in experiment.notes:
            first.setdefault(str(experiment.notes["program_hash"]), experiment.experiment_id)
    hashes = table["program_hash"].to_pylist()
    assert hashes == sorted(first)
    assert dict(zip(hashes, table["experiment_id"].to_pylist(), strict=True)) == first


def test_parts_of_a_run_make_the_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run_of(store, 50)
    whole = store.entries("abc123")
    monkeypatch.setattr(past, "_ENTRIES", 7)
    monkeypatch.setattr(past, "_RECORDS", 7)
    assert store.entries("abc123") == whole
    assert [entry.index for entry in whole] == list(range(52))
    assert [e.experiment_id for e in store.iter_experiments("abc123")] == [e.experiment_id for e in made]
    assert list(store.iter_experiments("abc123")) == [store.experiment(e.experiment_id) for e in made]


def test_rows_of_some_keys(store: Store) -> None:
    run_of(store, 7)
    rows = store.rows("abc123", only=("round", "value"))
    assert rows == [{"round": row["round"], "value": row["value"]} for row in store.rows("abc123")]
    assert all(set(row) == {"seq", "metrics"} for row in store.rows("abc123", only=("seq", "metrics")))
