"""Writes that follow each other fast share a commit, but nobody who waits for one waits long."""

from __future__ import annotations

import time

import pytest
from asi_evolve.store import Store, writer
from store_samples import info, simple


@pytest.fixture
def patient(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store whose writer would let writes wait for hours, after its first commit."""
    monkeypatch.setattr(writer, "SHARE", 1e9)
    monkeypatch.setattr(writer, "LONGEST", 3600.0)
    store.create_run(info()).result(timeout=60)
    return store


def test_writes_wait_for_others(patient: Store) -> None:
    first = patient.begin_round("abc123", 1, "abc123.1", [])
    second = patient.record(simple(1, value=1.0), state={})
    time.sleep(0.1)
    assert not first.done()
    assert not second.done()
    # What is in one commit is not marked as begun first.
    assert patient.experiment("abc123.1").value == 1.0


def test_who_asks_for_the_result_does_not_wait(patient: Store) -> None:
    first = patient.record(simple(1, value=1.0), state={})
    patient.record(simple(2, value=2.0), state={}).result(timeout=60)
    assert first.done()
    [[count]] = patient._backend.rows("SELECT count(*) FROM experiments WHERE seq IS NOT NULL")
    assert count == 2


def test_flush_and_close_do_not_wait(patient: Store) -> None:
    first = patient.record(simple(1, value=1.0), state={})
    patient.flush()
    assert first.done()
    second = patient.record(simple(2, value=2.0), state={})
    patient.close()
    assert second.done()
    assert second.exception() is None


def test_many_records_take_few_commits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = []
    written = writer.Writer.write_batch

    def counted(self: writer.Writer, batch: writer.Batch) -> None:
        commits.append(len(batch.records))
        written(self, batch)

    monkeypatch.setattr(writer.Writer, "write_batch", counted)
    monkeypatch.setattr(writer, "SHARE", 1e9)
    monkeypatch.setattr(writer, "LONGEST", 3600.0)
    futures = [store.record(simple(n, value=float(n)), state={"n": n}) for n in range(3 * writer.BATCH)]
    store.flush()
    assert all(future.done() for future in futures)
    assert sum(commits) == len(futures)
    assert len(commits) <= 5
