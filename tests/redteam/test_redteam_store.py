"""The files and the socket beside a database, in a folder where others may write, and asked by those who should not."""

from __future__ import annotations

import json
import os
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from asi_evolve.errors import AsiEvolveError, StoreError
from asi_evolve.store import Store, open_reader, open_store
from asi_evolve.store.backend import GoneError
from asi_evolve.store.lock import Owner, held_by, lock_path, read_owner
from asi_evolve.store.readapi import RemoteBackend

PRECIOUS = "precious " * 100


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "runs.duckdb"


@pytest.fixture
def store(db: Path) -> Iterator[Store]:
    with open_store(db, purpose="\x1b[31ma test\x1b]0;owned\x07") as opened:
        yield opened


def owner_of(store: Store) -> Owner:
    owner = read_owner(store.path)
    assert owner is not None
    return owner


# ---------------------------------------------------------------------------------------------- the lock file


@pytest.mark.parametrize("kind", ["symbolic", "hard"])
def test_a_link_in_the_place_of_the_lock_file_costs_nobody_a_file(db: Path, tmp_path: Path, kind: str) -> None:
    victim = tmp_path / "notes.txt"
    victim.write_text(PRECIOUS)
    (os.symlink if kind == "symbolic" else os.link)(victim, lock_path(db))
    with open_store(db) as store:
        assert store.path == db
        assert not lock_path(db).is_symlink()
        assert victim.read_text() == PRECIOUS
    assert victim.read_text() == PRECIOUS


def test_a_link_to_nowhere_makes_no_file_there(db: Path, tmp_path: Path) -> None:
    os.symlink(tmp_path / "elsewhere", lock_path(db))
    with open_store(db):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_the_token_is_for_the_owner_only(db: Path) -> None:
    lock_path(db).touch(mode=0o666)
    with open(lock_path(db)) as watcher, open_store(db) as store:
        about = os.stat(lock_path(db))
        assert stat.S_IMODE(about.st_mode) == 0o600
        folder = Path(owner_of(store).address[1]).parent
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        assert len(owner_of(store).token) >= 32
        assert watcher.read() == "" or os.fstat(watcher.fileno()).st_mode & 0o077 == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make files of another user")
def test_somebody_elses_lock_file_is_not_written_to(db: Path) -> None:
    lock_path(db).touch()
    os.chown(lock_path(db), 61234, 61234)
    with open(lock_path(db)) as watcher, open_store(db):
        assert watcher.read() == ""
        assert lock_path(db).stat().st_uid == 0


def test_a_pipe_or_a_folder_in_its_place_stops_nobody_for_ever(db: Path) -> None:
    open_store(db).close()
    os.mkfifo(lock_path(db))
    started = time.monotonic()
    with open_reader(db) as reader:
        assert reader.live is False
        assert reader.user_sql("SELECT 1 AS one").to_pylist() == [{"one": 1}]
    with open_store(db):
        pass
    lock_path(db).mkdir()
    with open_reader(db) as reader:
        assert reader.runs() == []
    with pytest.raises(StoreError, match="lock"):
        open_store(db)
    assert time.monotonic() - started < 60


FORGED = {
    "pid": [0, -1, 1, 2**70, 1e400, "x", None, [], True],
    "ticks": [-1, 2**70, "x", None],
    "address": [["unix"], ["unix", ""], ["unix", "a\0b"], ["unix", "x" * 5000], ["unix", "/dev/null"], ["tcp"], ["tcp", "127.0.0.1", "x"], ["tcp", "127.0.0.1", "99999999"], ["none"], [[]], "unix", {}, 7],
    "token": [None, [], "\ud800"],
    "host": [None, "elsewhere", "\x1b[31m"],
    "purpose": ["\x1b[31m\x07", "x" * 100_000],
    "started": ["", "\x1b[31m", 7],
}


@pytest.mark.parametrize("held", [True, False])
def test_forged_text_in_it_is_one_line_or_nothing(db: Path, held: bool) -> None:
    """With its lock held by a process that lives, and by nobody."""
    open_store(db).close()
    good = {"pid": os.getpid(), "started": "2026-01-01T00:00:00Z", "ticks": 0, "host": socket.gethostname(), "purpose": "x", "address": ["none"], "token": ""}
    texts = [json.dumps(good | {field: value}) for field, values in FORGED.items() for value in values]
    texts += ["", "{", "[]", "null", "7", "[" * 30_000, '{"pid":' * 20_000, "\0" * 1000, '"' + "x" * 200_000]
    script = "import fcntl, sys\nf = open(sys.argv[1], 'r+'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()"
    for text in texts:
        lock_path(db).write_text(text, encoding="utf-8", errors="surrogatepass")
        owner = held_by(db)
        assert owner is None
    if not held:
        with open_store(db):
            pass
        return
    lock_path(db).touch()
    with subprocess.Popen([sys.executable, "-c", script, str(lock_path(db))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for text in texts:
            lock_path(db).write_text(text, encoding="utf-8", errors="surrogatepass")
            owner = held_by(db)
            if owner is not None:
                with pytest.raises(GoneError):
                    RemoteBackend(owner)
        holder.communicate("")


def test_clearing_up_after_a_dead_owner_takes_nothing_else(db: Path, tmp_path: Path) -> None:
    """The address in the lock file of a dead process names what is removed: it may be forged."""
    home = tmp_path / "asi-evolve-read-home"
    (home / "deep").mkdir(parents=True)
    (home / "read.sock").write_text(PRECIOUS)
    (home / "deep" / "thesis.txt").write_text(PRECIOUS)
    gone = subprocess.Popen(["true"])
    gone.wait()
    for address in (home / "read.sock", home / "deep" / "thesis.txt", home / "x", tmp_path / "asi-evolve-read-x" / ".." / "asi-evolve-read-home" / "read.sock"):
        text = {"pid": gone.pid, "started": "", "ticks": 1, "host": socket.gethostname(), "purpose": "", "address": ["unix", str(address)], "token": ""}
        lock_path(db).write_text(json.dumps(text))
        with open_store(db):
            pass
    assert (home / "read.sock").read_text() == PRECIOUS
    assert (home / "deep" / "thesis.txt").read_text() == PRECIOUS


def test_who_owns_it_is_told_without_what_a_terminal_obeys(store: Store, db: Path) -> None:
    for arguments in (["status", "--db", str(db)], ["run", "--plugin", str(Path(__file__).with_name("hostile_domain.py")), "--db", str(db)]):
        done = subprocess.run([sys.executable, "-m", "asi_evolve", *arguments], capture_output=True, text=True, env={**os.environ, "ASIEVOLVE_DEBUG": ""}, cwd=db.parent)
        assert not set("\x1b\x07") & set(done.stdout + done.stderr), done
        assert "a test" in done.stdout + done.stderr


# ---------------------------------------------------------------------------------------------- the read API


def send(address: str, data: bytes) -> socket.socket:
    plain = socket.socket(socket.AF_UNIX)
    plain.connect(address)
    plain.settimeout(20)
    plain.sendall(data)
    return plain


def frame(text: bytes, body: int = 0) -> bytes:
    return struct.pack(">IQ", len(text), body) + text


def test_requests_that_are_none_are_dropped_in_silence(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    owner = owner_of(store)
    token = owner.token
    requests: list[bytes] = [
        frame(b"[" * 200_000),
        frame(b'{"a":' * 100_000),
        frame(json.dumps({"token": "é\u2028", "method": "rows"}, ensure_ascii=False).encode()),
        frame(b'{"token":"\\ud800"}'),
        frame(b'{"token":{"a":1}}'),
        frame(b'{"token":null}'),
        frame(b"{}"),
        frame(b"NaN"),
        frame(b"{}", 2**63),
        struct.pack(">IQ", 2**32 - 1, 2**64 - 1),
        struct.pack(">IQ", 2**24, 0),
        frame(json.dumps({"token": token}).encode()),
        frame(json.dumps({"token": token, "method": "__class__", "sql": "SELECT 1"}).encode()),
        frame(json.dumps({"token": token, "method": "rows", "sql": ["SELECT 1"], "params": {}}).encode()),
        frame(json.dumps({"token": token, "method": "rows", "sql": "SELECT ?", "params": [[[]]] * 3}).encode()),
        frame(json.dumps({"token": token, "method": "snapshot"}).encode()),
        frame(json.dumps({"token": token, "method": "snapshot", "target": "/dev/null"}).encode()),
        frame(json.dumps({"token": token, "method": "snapshot", "target": "\x00"}).encode()),
        frame(json.dumps({"token": token, "method": "snapshot", "target": ["a"] * 9}).encode()),
        frame(json.dumps({"token": token, "method": "snapshot", "target": "/" + "a" * 70_000}).encode()),
        frame(json.dumps({"token": token, "method": "rows", "sql": "SELECT 1", "params": [2**80]}).encode()),
        os.urandom(4096),
    ]
    kept = []
    for request in requests:
        plain = send(owner.address[1], request)
        plain.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while piece := plain.recv(65536):
                answer += piece
        except OSError:
            pass
        assert b"Traceback" not in answer
        assert token.encode() not in answer
        kept.append(plain)
    right = RemoteBackend(owner)
    assert right.rows("SELECT 1") == [(1,)]
    right.close()
    for plain in kept:
        plain.close()
    assert capfd.readouterr().err == ""


def test_many_who_never_finish_asking_keep_nobody_else_waiting(store: Store) -> None:
    owner = owner_of(store)
    slow = [send(owner.address[1], struct.pack(">IQ", 1000, 0) + b"{") for _ in range(120)]
    deadline = time.monotonic() + 20
    while True:
        try:
            right = RemoteBackend(owner)
            break
        except GoneError:  # the queue is full for a moment: readers try again
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert right.rows("SELECT 1") == [(1,)]
    right.close()
    for plain in slow:
        plain.close()


def test_a_wrong_token_says_nothing_and_closes(store: Store) -> None:
    owner = owner_of(store)
    for token in ("", "0" * 32, owner.token[:-1], owner.token + "0", owner.token.upper() + "x"):
        plain = send(owner.address[1], frame(json.dumps({"token": token, "method": "rows", "sql": "SELECT 42", "params": []}).encode()) * 2)
        answer = b""
        try:
            while piece := plain.recv(65536):
                answer += piece
        except OSError:
            pass
        assert b"42" not in answer
        assert answer.count(b"wrong token") <= 1
        plain.close()


class Impostor:
    """Answers every request with the same bytes."""

    def __init__(self, path: Path, answer: bytes) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen()
        self.answer = answer
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
                connection.recv(65536)
                connection.sendall(self.answer)
                connection.close()
            except OSError:
                return


@pytest.mark.parametrize(
    "answer",
    [b"", b"x" * 50, frame(b"null"), frame(b"[]"), frame(b"7"), frame(b"{}"), frame(b'{"ok":true}'), frame(b'{"ok":true,"rows":7}'), frame(b'{"ok":true,"rows":[7]}'),
     frame(b'{"ok":false,"error":"did_you_mean","message":"x"}'), frame(b'{"ok":false,"error":"__loader__","message":"x"}'), frame(b'{"ok":false,"error":["x"],"message":["y"]}'),
     frame(b'{"ok":false,"error":"UsageError","message":"\\u001b[31m"}'), frame(b"[" * 100_000)],
)  # fmt: skip
def test_an_owner_that_answers_nonsense_is_an_error_of_ours(tmp_path: Path, answer: bytes) -> None:
    path = tmp_path / "s"
    impostor = Impostor(path, answer)
    backend = RemoteBackend(Owner(os.getpid(), "", 0, socket.gethostname(), "x", ("unix", str(path)), "t"))
    for ask in (lambda: backend.rows("SELECT 1"), lambda: backend.table("SELECT 1")):
        with pytest.raises((AsiEvolveError, GoneError)):
            ask()
        backend = RemoteBackend(Owner(os.getpid(), "", 0, socket.gethostname(), "x", ("unix", str(path)), "t"))
    impostor.socket.close()
