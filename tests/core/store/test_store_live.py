from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import duckdb
import numpy as np
import pytest
from asi_evolve.errors import NotFoundError, StoreError, UsageError
from asi_evolve.store import Store, open_reader, open_store
from asi_evolve.store.backend import GoneError
from asi_evolve.store.lock import read_owner
from asi_evolve.store.readapi import RemoteBackend
from store_samples import info, rich, simple

HERE = str(Path(__file__).parent)

OWNER = """
import sys
sys.path.insert(0, sys.argv[2])
from store_samples import info, rich, simple
from asi_evolve.store import open_store
store = open_store(sys.argv[1], purpose="run abc123")
store.create_run(info())
store.record(rich(3, outputs=True), state={"n": 3}, keep_outputs=True).result()
print("ready", flush=True)
for line in sys.stdin:
    if line == "end\\n":
        store.close()
        print("closed", flush=True)
        break
    store.record(simple(int(line), value=float(line)), state={"n": int(line)}).result()
    print("recorded", flush=True)
"""


class Owner:
    def __init__(self, db: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(db), HERE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.answer() == "ready"

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, text: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.answer()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def owner(db: Path):  # type: ignore[no-untyped-def]
    made = Owner(db)
    yield made
    made.kill()


def test_a_live_database_is_read_through_its_owner_and_survives_its_end(db: Path, owner: Owner) -> None:
    with open_reader(db) as reader:
        assert reader.live
        assert isinstance(reader._backend, RemoteBackend)
        assert reader.experiment("abc123.3").candidate == rich(3).candidate
        np.testing.assert_array_equal(reader.outputs("abc123.3")[0]["centres"], np.arange(6.0).reshape(3, 2))
        assert reader.runs()[0] == info()
        assert reader.state("abc123") == {"n": 3}
        assert owner.tell("4") == "recorded"
        assert [entry.experiment_id for entry in reader.entries("abc123")] == ["abc123.3", "abc123.4"]
        assert reader.table("SELECT value FROM experiments ORDER BY seq").to_pylist() == [
            {"value": 2.0},
            {"value": 4.0},
        ]
        asked = reader.user_sql("SELECT max(value) AS v FROM experiments WHERE value > ?", params=[1])
        assert asked.to_pylist() == [{"v": 4.0}]
        for refused in ("SELECT * FROM read_text('/etc/passwd')", "DROP TABLE runs", "SELECT 1; SELECT 2"):
            with pytest.raises(UsageError):
                reader.user_sql(refused)
            with pytest.raises(UsageError):
                reader.table(refused)
        with pytest.raises(NotFoundError):
            reader.experiment("abc123.9")
        with pytest.raises(UsageError, match="stopped after"):
            reader.user_sql("SELECT sum(sin(a.range * b.range)) FROM range(1000000) a, range(1000000) b", timeout_s=0.2)
        assert owner.tell("5") == "recorded", "the owner goes on writing"
        assert owner.tell("end") == "closed"
        assert reader.best("abc123") == "abc123.5", "now from the file"
        assert not reader.live


def test_the_owner_is_killed_between_two_questions_and_another_comes(db: Path, owner: Owner) -> None:
    with open_reader(db) as reader:
        assert reader.best("abc123") == "abc123.3"
        owner.tell("7")
        owner.kill()
        assert reader.best("abc123") == "abc123.7"
        assert not reader.live
        time.sleep(1.0)  # the reader lets go of the file, although it is still open
        again = Owner(db)
        try:
            assert again.tell("9") == "recorded"
            assert reader.best("abc123") == "abc123.9"
            assert reader.live
        finally:
            again.kill()


def test_a_reader_of_the_file_does_not_keep_a_run_from_starting(db: Path) -> None:
    with open_store(db) as store:
        store.record(simple(1, value=1.0), state={}).result()
    with open_reader(db) as reader:
        assert reader.best("abc123") == "abc123.1"
        started = time.monotonic()
        again = Owner(db)
        assert time.monotonic() - started < 60
        again.kill()


def test_only_the_token_opens_the_read_api(store: Store, db: Path) -> None:
    owner = read_owner(db)
    assert owner is not None
    with socket.socket(socket.AF_UNIX) as plain:
        plain.connect(owner.address[1])
        text = json.dumps({"token": "0" * 32, "method": "rows", "sql": "SELECT 1", "params": []}).encode()
        plain.sendall(len(text).to_bytes(4, "big") + (0).to_bytes(8, "big") + text)
        answer = plain.recv(65536)
    assert b"wrong token" in answer
    assert b"rows" not in answer
    right = RemoteBackend(owner)
    assert right.rows("SELECT 1") == [(1,)]
    for sql in ("DROP TABLE runs", "COPY runs TO 'never.csv'", "ROLLBACK; DROP TABLE runs", "SELECT nextval('x')"):
        for ask in (right.rows, right.table):
            with pytest.raises(UsageError):
                ask(sql)
    assert store.user_sql("SELECT count(*) AS n FROM runs").to_pylist() == [{"n": 0}]
    right.close()


def test_garbage_on_the_socket_does_no_harm(store: Store, db: Path, capfd: pytest.CaptureFixture[str]) -> None:
    owner = read_owner(db)
    assert owner is not None
    for garbage in (
        b"",
        b"GET / HTTP/1.0\r\n\r\n",
        b"\xff" * 100,
        (4).to_bytes(4, "big") + (0).to_bytes(8, "big") + b"null",
    ):
        with socket.socket(socket.AF_UNIX) as plain:
            plain.connect(owner.address[1])
            plain.sendall(garbage)
    right = RemoteBackend(owner)
    assert right.rows("SELECT 1") == [(1,)]
    right.close()
    assert capfd.readouterr().err == ""


def test_many_threads_write_and_read(store: Store) -> None:
    store.create_run(info()).result()
    errors: list[BaseException] = []

    def work(start: int) -> None:
        try:
            for number in range(start, start + 25):
                future = store.record(simple(number, value=float(number)), state={"n": number})
                assert store.experiment(f"abc123.{number}").round == number
                if number % 5 == 0:
                    future.result(30)
                    assert len(store.entries("abc123")) > 0
        except BaseException as exc:
            errors.append(exc)

    threads = [threading.Thread(target=work, args=(1 + 25 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.flush()
    assert errors == []
    assert len(store.entries("abc123")) == 100
    assert store.best("abc123") == "abc123.100"


def test_waiting_for_the_writer_inside_its_own_callback_is_an_error_not_a_deadlock(store: Store) -> None:
    caught: list[BaseException] = []

    def callback(_: object) -> None:
        try:
            store.flush()
        except RuntimeError as exc:
            caught.append(exc)

    hold = threading.Event()
    store._writer.call(lambda _: hold.wait(10))
    future = store.record(simple(1, value=1.0), state={})
    future.add_done_callback(callback)
    hold.set()
    future.result(10)
    store.flush()
    assert len(caught) == 1


def test_closing_stops_a_query_under_way(store: Store) -> None:
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            store.backend.rows("SELECT sum(sin(a.range * b.range)) FROM range(1000000) a, range(1000000) b")
        except GoneError as exc:
            ended.append(exc)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.3)
    store.close()
    thread.join(60)
    assert not thread.is_alive()
    assert len(ended) == 1


def test_order_of_calls_is_the_completion_order(store: Store) -> None:
    order = [7, 3, 9, 1, 2, 8]
    for number in order:
        store.begin_round("abc123", number, f"abc123.{number}", [])
    for number in order:
        store.record(simple(number, value=1.0), state={})
    store.flush()
    assert [entry.round for entry in store.entries("abc123")] == order


def test_nothing_keeps_the_log_from_being_emptied(store: Store, db: Path) -> None:
    store.create_run(info())
    store.record(simple(1, value=1.0), state={}).result()
    store.rows("abc123")
    store.user_sql("SELECT * FROM range(100000)")
    store.table("SELECT * FROM range(100000)")
    with pytest.raises(StoreError):
        store.table("SELECT nope")
    store.close()
    assert not db.with_name("runs.duckdb.wal").exists()
    with open_store(db) as again:
        assert again.best("abc123") == "abc123.1"
        again.record(simple(2, value=1.0), state={}).result()
        again._writer.exclusive(lambda connection: connection.execute("CHECKPOINT"))
        assert not db.with_name("runs.duckdb.wal").exists()


def test_a_snapshot_is_a_whole_database_that_others_can_open(store: Store, db: Path, tmp_path: Path) -> None:
    store.create_run(info())
    for number in range(1, 30):
        store.record(simple(number, value=float(number)), state={})
    target = tmp_path / "snapshot.duckdb"
    store.snapshot(target)
    store.record(simple(30, value=30.0), state={}).result()
    with duckdb.connect(str(target), read_only=True) as other:
        assert other.execute("SELECT count(*) FROM experiments").fetchone() == (29,)
    with pytest.raises(StoreError, match="snapshot"):
        store.snapshot(tmp_path / "no" / "snapshot.duckdb")
    code = "import duckdb, sys; duckdb.connect(sys.argv[1])"
    refused = subprocess.run([sys.executable, "-c", code, str(db)], capture_output=True, text=True, check=False)
    assert "Could not set lock" in refused.stderr, "the copy must not have dropped our lock"
    with open_reader(target) as reader:
        assert reader.best("abc123") == "abc123.29"


def test_readers_reach_a_run_whose_temporary_folder_has_a_long_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("n" * 120)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with open_store(tmp_path / "t.duckdb") as store:
        store.create_run(info()).result()
        store.record(simple(1, value=1.0), state={}).result()
        with open_reader(tmp_path / "t.duckdb") as reader:
            assert reader.live
            assert reader.best("abc123") == "abc123.1"
