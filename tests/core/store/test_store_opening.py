from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from asi_evolve.errors import NotFoundError, StoreError, UsageError
from asi_evolve.store import SCHEMA_VERSION, open_reader, open_store
from asi_evolve.store import connection as connection_module
from asi_evolve.store import lock as lock_module
from store_samples import info, simple

OWNER = """
import sys, time
from asi_evolve.store import open_store
store = open_store(sys.argv[1], purpose="run 3fa1b2 of parabola")
print("open", flush=True)
sys.stdin.readline()
"""


def one_line(error: pytest.ExceptionInfo[UsageError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert error.value.exit_code == 2
    return text


def test_a_new_database_has_the_schema_and_leaves_no_lock(db: Path) -> None:
    with open_store(db) as store:
        assert store.notes == []
        assert store.user_sql("SELECT max(version) AS v FROM schema_version").to_pylist() == [{"v": SCHEMA_VERSION}]
        lock = db.with_name("runs.duckdb.lock.json")
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600
        assert json.loads(lock.read_text())["pid"] == os.getpid()
    assert sorted(f.name for f in db.parent.iterdir()) == ["runs.duckdb"]


def test_every_table_and_column_is_commented(db: Path) -> None:
    with open_store(db) as store:
        tables = store.user_sql("SELECT table_name FROM duckdb_tables() WHERE comment IS NULL").num_rows
        columns = store.user_sql("SELECT column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL")
        assert (tables, columns.num_rows) == (0, 0)


def test_folder_missing_path_a_folder_and_unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError) as error:
        open_store(tmp_path / "no" / "runs.duckdb")
    assert "does not exist; create it" in one_line(error)
    with pytest.raises(StoreError) as error:
        open_store(tmp_path)
    assert "is a folder" in one_line(error)
    with monkeypatch.context() as patch:
        patch.setattr(connection_module, "MIN_FREE", 0)
        with pytest.raises(StoreError) as error:
            open_store("/proc/runs.duckdb")  # root may write anywhere but there
    assert re.search("cannot be written|is not writable", one_line(error))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(StoreError) as error:
        open_store(tmp_path / "runs.duckdb")
    assert "is not writable" in one_line(error)
    assert list(tmp_path.iterdir()) == []


def test_too_little_room(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "MIN_FREE", shutil.disk_usage(db.parent).free * 2)
    with pytest.raises(StoreError) as error:
        open_store(db)
    assert "MiB are needed" in one_line(error)
    assert not db.exists()


@pytest.mark.parametrize("content", [b"", b"id,value\n1,2\n", b"x" * 20000])
def test_not_a_database(db: Path, content: bytes) -> None:
    db.write_bytes(content)
    for opening in (open_store, open_reader):
        with pytest.raises(StoreError) as error:
            opening(db)
        assert "not a DuckDB file" in one_line(error)
    assert db.read_bytes() == content
    assert [f.name for f in db.parent.iterdir()] == ["runs.duckdb"], "no lock is left behind"


def test_damaged_file_is_named_and_left_alone(db: Path) -> None:
    with open_store(db) as store:
        store.record(simple(1, value=1.0), state={}).result()
    data = bytearray(db.read_bytes())
    data[4096:8192] = data[8192:12288] = b"\xff" * 4096
    db.write_bytes(data)
    for opening in (open_store, open_reader):
        with pytest.raises(StoreError) as error:
            opening(db)
        assert "is damaged" in one_line(error)
        assert "restore a copy" in one_line(error)
    assert db.read_bytes() == data


def test_duckdb_file_of_something_else(db: Path) -> None:
    with duckdb.connect(str(db)) as other:
        other.execute("CREATE TABLE sales (n INTEGER)")
    for opening in (open_store, open_reader):
        with pytest.raises(StoreError) as error:
            opening(db)
        assert "of something else" in one_line(error)


def test_newer_schema_version(db: Path) -> None:
    open_store(db).close()
    with duckdb.connect(str(db)) as newer:
        newer.execute("INSERT INTO schema_version VALUES (99, '', '', 'from the future')")
    for opening in (open_store, open_reader):
        with pytest.raises(StoreError) as error:
            opening(db)
        text = one_line(error)
        assert "version 99" in text
        assert f"up to {SCHEMA_VERSION}" in text


def test_reader_without_a_database(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as error:
        open_reader(tmp_path / "none.duckdb")
    assert "there is no database" in one_line(error)
    assert list(tmp_path.iterdir()) == []


def test_two_readers_of_one_process_stand_side_by_side(db: Path) -> None:
    """The second shares the first one's locked configuration, and is as locked."""
    with open_store(db) as store:
        store.create_run(info()).result()
    with open_reader(db) as first:
        assert len(first.runs()) == 1
        with open_reader(db) as second:
            assert second.runs() == first.runs()
            with pytest.raises(UsageError):
                second.user_sql("SELECT * FROM read_text('/etc/hostname')")
    connection = connection_module.connect(db, read_only=True)
    with pytest.raises(duckdb.Error, match="locked"):
        connection.execute("SET enable_external_access = true")
    connection.close()


def test_owned_by_another_live_process_then_by_a_dead_one(db: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "open\n"
        with pytest.raises(StoreError) as error:
            open_store(db)
        text = one_line(error)
        for part in ("run 3fa1b2 of parabola", f"pid {owner.pid}", "since 20", f"asievolve status --db {db}"):
            assert part in text
        socket = json.loads(db.with_name("runs.duckdb.lock.json").read_text())["address"][1]
        owner.kill()
        owner.wait()
    assert Path(socket).exists()
    assert db.with_name("runs.duckdb.lock.json").exists()
    with open_store(db, purpose="after the crash") as store:
        assert store.notes == []
        assert json.loads(db.with_name("runs.duckdb.lock.json").read_text())["purpose"] == "after the crash"
        assert not Path(socket).exists(), "the dead owner's socket is cleared up"


def test_owned_by_this_process(db: Path) -> None:
    with open_store(db, purpose="first"):
        with pytest.raises(StoreError) as error:
            open_store(db)
        assert "this very process" in one_line(error)
    open_store(db).close()


def test_a_link_to_a_database_is_that_database(db: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.duckdb"
    open_store(db).close()
    link.symlink_to(db)
    with open_store(link) as store:
        store.record(simple(1, value=1.0), state={}).result()
        with pytest.raises(StoreError, match="this very process"):
            open_store(db)
        assert not link.with_name("link.duckdb.lock.json").exists()
    assert open_reader(db).best("abc123") == "abc123.1"


def test_the_light_part_imports_no_database() -> None:
    code = "import sys, asi_evolve.store.runinfo; print(sorted({'duckdb', 'numpy', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_open_in_another_program(db: Path) -> None:
    open_store(db).close()
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.readline()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(StoreError) as error:
            open_reader(db)
        assert f"is open in process {other.pid}" in one_line(error)
        other.communicate("\n")


def test_lock_held_by_a_forked_child_of_a_dead_owner_is_taken_over(db: Path) -> None:
    code = OWNER.replace("sys.stdin.readline()", "") + (
        "import os, signal\n"
        "child = os.fork()\n"
        "if child == 0:\n    time.sleep(60); os._exit(0)\n"
        "print(child, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code, str(db)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    child = int(process.stdout.readline())
    process.wait()
    try:
        with open_store(db) as store:
            store.create_run(info()).result()
    finally:
        os.kill(child, 9)
        process.stdout.close()


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five experiments, two of them in the file and three in the log only."""
    db = tmp_path_factory.mktemp("crashed") / "runs.duckdb"
    with open_store(db) as store:
        for number in (1, 2):
            store.record(simple(number, value=1.0), state={}).result()
    code = (
        "import os, sys\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from store_samples import simple\n"
        "from asi_evolve.store import open_store\n"
        "store = open_store(sys.argv[1])\n"
        "for n in (3, 4, 5): store.record(simple(n, value=1.0), state={}).result()\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(db), str(Path(__file__).parent)], check=False)
    return db


@pytest.fixture
def wal(crashed: Path, db: Path) -> Path:
    log = db.with_name("runs.duckdb.wal")
    shutil.copyfile(crashed, db)
    shutil.copyfile(crashed.with_name("runs.duckdb.wal"), log)
    assert log.stat().st_size > 0
    return log


def test_a_whole_log_is_replayed(db: Path, wal: Path) -> None:
    with open_reader(db) as reader:
        assert len(reader.entries("abc123")) == 5
    assert wal.exists()
    with open_store(db) as store:
        assert len(store.entries("abc123")) == 5
        assert store.notes == []


@pytest.mark.parametrize(
    ("reading", "share", "expected"), [(False, 0.9, ["abc123.3", "abc123.4"]), (True, 0.5, ["abc123.3"])]
)
def test_damaged_log_is_set_aside_and_everything_before_the_damage_is_there(
    db: Path, wal: Path, reading: bool, share: float, expected: list[str]
) -> None:
    data = bytearray(wal.read_bytes())
    middle = int(len(data) * share)
    data[middle : middle + 32] = b"\xff" * 32
    wal.write_bytes(data)
    if reading:
        with open_reader(db) as reader:
            ids = [entry.experiment_id for entry in reader.entries("abc123")]
    else:
        with open_store(db) as store:
            ids = [entry.experiment_id for entry in store.entries("abc123")]
            assert "was damaged and is now runs.duckdb.wal.damaged-" in store.notes[0]
    assert ids == ["abc123.1", "abc123.2", *expected]
    (aside,) = db.parent.glob("runs.duckdb.wal.damaged-*")
    assert aside.read_bytes() == data


def test_unreadable_log_is_set_aside_and_the_checkpoint_opened(db: Path, wal: Path) -> None:
    data = bytearray(wal.read_bytes())
    data[8:40] = b"\xff" * 32
    wal.write_bytes(data)
    with open_store(db) as store:
        assert [entry.experiment_id for entry in store.entries("abc123")] == ["abc123.1", "abc123.2"]
        assert store.notes
    (aside,) = db.parent.glob("runs.duckdb.wal.damaged-*")
    assert aside.read_bytes() == data


def test_a_lock_that_another_took_over_from_the_dead_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes find the file of a dead owner whose child still holds its lock; only one of them gets it."""
    database = tmp_path / "t.duckdb"
    former = lock_module.Owner(2**22 - 3, "long ago", 1, socket.gethostname(), "former")
    dead = lock_module.Lock(database, os.open(lock_module.lock_path(database), os.O_RDWR | os.O_CREAT), former)
    fcntl.flock(dead._descriptor, fcntl.LOCK_EX)
    dead.publish((), "")
    alive, taken = lock_module.is_alive, []

    def overtaken(owner: lock_module.Owner) -> bool:
        answer = alive(owner)
        if not taken:
            monkeypatch.setattr(lock_module, "is_alive", alive)
            taken.append(lock_module.acquire(database, "first"))
        return answer

    monkeypatch.setattr(lock_module, "is_alive", overtaken)
    with pytest.raises(StoreError, match="first"):
        lock_module.acquire(database, "second")
    assert taken[0].owner == lock_module.read_owner(database)
    taken[0].release()
    os.close(dead._descriptor)
