"""Disks that are full or read-only, damaged files, clocks that jump, dead locks, two runs and readers at once."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from faultlab.place import ROUNDS, Place, Skip, must, some

Story = list[tuple[Any, ...]]


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own in memory. Needs the right to mount."""
    folder.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if made.returncode:
        raise Skip(f"mount: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def _fill(path: Path, leave: int) -> None:
    """Write to ``path`` until only ``leave`` bytes are free."""
    with path.open("wb", buffering=0) as file:
        free = shutil.disk_usage(path.parent).free - leave
        size = 1 << 20
        while free > 0 and size:
            try:
                free -= file.write(b"x" * min(size, free)) or 0
            except OSError:
                size //= 2


def disk_full_at_start(place: Place, rng: random.Random) -> str:
    """There is no room from the beginning: bad input, one line, nothing made."""
    with small_disk(place.folder / "disk", 40) as disk:
        place.db = disk / "t.duckdb"
        _fill(disk / "ballast", rng.choice((0, 4096, 1 << 20, 30 << 20)))
        run = place.run(1)
        code = run.wait()
        must(code == 2, f"exit status {code}: {run.err()}")
        must(run.said_once("MiB are free"), f"it said: {run.err()}")
        must(not place.db.exists(), "a database was made")
        place.no_process()
        place.nothing_stray()
        (disk / "ballast").unlink()
    return "refused before the start"


def disk_full(place: Place, rng: random.Random, reference: Story) -> str:
    """The disk fills up while the run goes on; when there is room again, ``resume`` makes the rest."""
    with small_disk(place.folder / "disk", 100) as disk:
        place.db = disk / "t.duckdb"
        shared = rng.random() < 0.5
        if shared:  # the temporary folder lies on the same disk
            place.tmp = disk / "tmp"
            place.tmp.mkdir()
        count = some(rng)
        run = place.run(1, hold=count)
        run.until_shown(count)
        leave = rng.choice((0, 0, 4096, 20000))
        _fill(disk / "ballast", leave)
        place.go()
        code = run.wait()
        run.clean()
        must(code == 1, f"exit status {code}: {run.err()}")
        must("no space left" in run.err() + run.out(), f"it said: {run.err()[-300:]}")
        status = place.say("status", "--json")
        must(status.code == 0, f"status said: {status.err()}")
        (disk / "ballast").unlink()
        shown = len(run.shown())
        place.finish(run, reference=reference)
        shutil.rmtree(disk / "t.duckdb.artifacts", ignore_errors=True)
        return f"{shown} rounds before, {leave} bytes left, temporary folder {'on it' if shared else 'elsewhere'}"


def read_only_folder(place: Place, rng: random.Random, reference: Story) -> str:
    """The folder is mounted read-only: reading works, a run or resume is refused in one line with status 2."""
    with small_disk(place.folder / "disk", 100) as disk:
        place.db = disk / "t.duckdb"
        run = place.run(1)
        run.until_shown(some(rng))
        run.kill()
        place.no_process()
        shown = run.shown()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for args in (("resume",), ("--plugin", str(Path(__file__).with_name("domain.py")), "run")):
            refused = place.say(*args)
            must(refused.code == 2, f"{args[0]} ended with {refused.code}: {refused.err()}")
            must(refused.said_once("not writable"), f"{args[0]} said: {refused.err()}")
        for args in (("status",), ("best",), ("sql", "select count(*) from experiments")):
            answered = place.say(*args)
            must(answered.code == 0, f"{args[0]} on a read-only disk ended with {answered.code}: {answered.err()}")
        must(shown <= set(place.rounds()), "rounds are lost")
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        place.finish(run, reference=reference)
    return f"{len(shown)} rounds; read while it was read-only, resumed after"


def read_only_file(place: Place, rng: random.Random, reference: Story) -> str:
    """Only the database file is read-only (a bind mount, which binds root too)."""
    run = place.run(1)
    run.until_shown(some(rng))
    run.kill()
    place.no_process()
    made = subprocess.run(["mount", "--bind", str(place.db), str(place.db)], capture_output=True, text=True)
    if made.returncode:
        raise Skip(f"mount: {made.stderr.strip()}")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(place.db)], check=True)
        refused = place.say("resume")
        must(refused.code == 2, f"resume ended with {refused.code}: {refused.err()}")
        must(refused.said_once("not writable"), f"it said: {refused.err()}")
        answered = place.say("status")
        must(answered.code == 0, f"status ended with {answered.code}: {answered.err()}")
    finally:
        subprocess.run(["umount", str(place.db)], check=True)
    place.finish(run, reference=reference)
    return "refused, then resumed"


SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long offset(void) {
    char text[32] = {0};
    int file = open(getenv("CLOCK_OFFSET_FILE"), O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    long n = read(file, text, 31);
    close(file);
    return n > 0 ? atol(text) : 0;
}
int clock_gettime(clockid_t id, struct timespec *t) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(id, t);
    if (id == CLOCK_REALTIME) t->tv_sec += offset();
    return code;
}
time_t time(time_t *out) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out) *out = t.tv_sec;
    return t.tv_sec;
}
int gettimeofday(struct timeval *v, void *zone) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    v->tv_sec = t.tv_sec;
    v->tv_usec = t.tv_nsec / 1000;
    return 0;
}
"""


def clock(place: Place, rng: random.Random, reference: Story) -> str:
    """The wall clock is set back and forth by hours and years while the run goes on: the same run.

    Done with a preloaded library that moves the real-time clock of the run's process, as a person or a time server
    would. (libfaketime cannot be used: its ``clock_nanosleep`` breaks sleeping by the monotonic clock.)
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise Skip("no C compiler for the library that moves the clock")
    source, library, offset = place.folder / "shim.c", place.folder / "shim.so", place.folder / "offset"
    source.write_text(SHIM)
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    offset.write_text("0\n")
    env = {"LD_PRELOAD": str(library), "CLOCK_OFFSET_FILE": str(offset)}
    run = place.run(1, hold=1, env=env)
    jumps = []
    for released in range(1, ROUNDS, max(1, ROUNDS // 6)):
        run.until_shown(released)
        jumps.append(rng.choice(("-3600", "3600", "-31536000", "31536000", "0", "-86400")))
        offset.write_text(jumps[-1] + "\n")
        place.go(released + max(1, ROUNDS // 6))
    place.go()
    code = run.wait()
    run.clean()
    must(code == 0, f"exit status {code}: {run.err()}")
    years = _years(place)
    must(len(years) > 1 or not {"-31536000", "31536000"} & set(jumps), f"the clock did not move: {years}")
    place.finish(run, reference=reference)
    status = place.say("status", "--json")
    must(status.code == 0, status.err())
    return f"jumps (seconds from the true time): {', '.join(jumps)}"


def _years(place: Place) -> set[str]:
    """The years in which rounds were recorded, by the run's own clock."""
    from asi_evolve.store import open_reader

    with open_reader(place.db) as reader:
        return set(reader.table("select distinct recorded_at[:4] y from experiments")["y"].to_pylist())


def _killed(place: Place, rng: random.Random) -> Any:
    count = some(rng, 3)
    run = place.run(1, hold=count + 1)
    run.until_shown(count)
    run.kill()
    place.go()
    place.no_process()
    return run


def cut_log(place: Place, rng: random.Random) -> str:
    """The write-ahead log of a killed run lost its end: what was before is there, and resume completes."""
    run = _killed(place, rng)
    wal = place.db.with_name("t.duckdb.wal")
    if not wal.exists():
        return "no log at that moment"
    size = wal.stat().st_size
    keep = rng.randrange(size)
    with wal.open("r+b") as file:
        file.truncate(keep)
    second = place.resume()
    return _after_damage(place, run, second, f"{keep} of {size} bytes of the log kept", cut=True)


def damaged_log(place: Place, rng: random.Random) -> str:
    """Bytes of the log were changed: the good part is used, the damaged file is kept aside, and it says so."""
    run = _killed(place, rng)
    wal = place.db.with_name("t.duckdb.wal")
    if not wal.exists():
        return "no log at that moment"
    data = bytearray(wal.read_bytes())
    where = rng.randrange(len(data))
    for at in range(where, min(len(data), where + rng.choice((1, 16, 4096)))):
        data[at] ^= rng.randrange(1, 256)
    wal.write_bytes(data)
    second = place.resume()
    return _after_damage(place, run, second, f"damage at byte {where} of {len(data)}")


def _after_damage(place: Place, run: Any, second: Any, what: str, *, cut: bool = False) -> str:
    """What was in the damaged part may be gone; the rest must be usable, and a loss must be told.

    A log that was ``cut`` cannot be told from one whose last write never happened.
    """
    code = second.wait()
    second.clean()
    if code == 2:
        errors = [line for line in second.err().splitlines() if not line.startswith("warning: ")]
        must(len(errors) == 1, f"more than one line: {second.err()}")
        if "there is no" in second.err():
            again = place.run(1)
            must(again.wait() == 0, f"a new run in it ended with {again.code}: {again.err()}")
        return f"{what}: {second.err()[-160:]}"
    must(code == 0, f"resume ended with {code}: {second.err()}")
    lost = run.shown() & second.shown()
    aside = list(place.folder.glob("t.duckdb.wal.damaged-*"))
    if lost and not cut:
        told = "damaged" in second.err() + second.out()
        must(told, f"rounds {sorted(lost)} were made again without a word: {second.err()[-200:]}")
        must(aside, "the damaged log was not kept")
    place.no_process()
    place.nothing_stray()
    have = place.rounds()
    must(sorted(have) == list(range(1, ROUNDS + 1)), f"rounds {sorted(have)}")
    return f"{what}: {len(lost)} rounds made again{', told' if lost and not cut else ''}"


def damaged_header(place: Place, rng: random.Random) -> str:
    """The first bytes of the database are damaged: one clear line, status 2, and the file is left as it is."""
    run = _killed(place, rng)
    return _damaged_file(place, run, rng.randrange(0, 64), rng)


def damaged_block(place: Place, rng: random.Random) -> str:
    """A block inside a finished database is damaged: one clear line wherever it is read, never a wrong answer."""
    run = place.run(1)
    must(run.wait() == 0, run.err())
    size = place.db.stat().st_size
    return _damaged_file(place, run, rng.randrange(4096, size - 4096), rng)


def _damaged_file(place: Place, run: Any, where: int, rng: random.Random) -> str:
    before = place.story()
    data = bytearray(place.db.read_bytes())
    for at in range(where, min(len(data), where + 4096)):
        data[at] ^= rng.randrange(1, 256)
    place.db.write_bytes(data)
    said = []
    for args in (("status",), ("best",), ("sql", "select sum(value) from experiments"), ("resume", "--rounds", "2")):
        made = place.say(*args)
        made.clean()
        must(made.code in (0, 1, 2), f"{args[0]} ended with {made.code}: {made.err()[-300:]}")
        if made.code:
            lines = made.err().splitlines()
            must(len(lines) == 1 or made.code == 1, f"{args[0]} said more than one line: {made.err()[-500:]}")
            must(str(place.db) in made.err() or "damaged" in made.err(), f"{args[0]} said: {made.err()[-300:]}")
        said.append(f"{args[0]} {made.code}")
    place.no_process()
    if all(word.endswith(" 0") for word in said):  # an unused block, then: everything must be right
        must(place.story()[: len(before)] == before, "a wrong answer out of a damaged file")
    return f"byte {where} of {len(data)}: {', '.join(said)}"


def missing_artifacts(place: Place, rng: random.Random, reference: Story) -> str:
    """Kept outputs were deleted or damaged: the run goes on, who asks for them is told which file and what to do."""
    _killed(place, rng)
    files = sorted(place.folder.glob("t.duckdb.artifacts/*/*.npz"))
    must(files, "no artifacts")
    rng.shuffle(files)
    for path in files[: len(files) // 2]:
        path.write_bytes(b"damaged")
    for path in files[len(files) // 2 :]:
        path.unlink()
    asked = place.say("show", "s0", "--data", place.folder / "x.npz")
    must(asked.code in (1, 2) and asked.said_once("stored output"), f"show ended with {asked.code}: {asked.err()}")
    second = place.resume()
    must(second.wait() == 0, f"resume ended with {second.code}: {second.err()}")
    place.no_process()
    must(place.story() == reference, "another run than without the fault")
    return f"{len(files)} gone"


def two_runs(place: Place, rng: random.Random, reference: Story) -> str:
    """Two runs on one database at the same moment: one wins, the other says who has it and exits with 2."""
    first, second = place.run(1, hold=3), place.run(1, hold=3)
    while first.code is None and second.code is None:
        time.sleep(0.01)
    place.go()
    codes = sorted((first.wait(), second.wait()))
    loser, winner = (first, second) if first.code == 2 else (second, first)
    must(codes == [0, 2], f"exit statuses {codes}: {first.err()} / {second.err()}")
    said = loser.err()
    must(loser.said_once(str(place.db)) and ("in use by" in said or "being opened" in said), f"the loser said: {said}")
    winner.clean()
    place.no_process()
    place.nothing_stray()
    must(place.story() == reference, "another run than alone")
    return f"the loser said: {said[-110:]}"


def readers(place: Place, rng: random.Random, reference: Story) -> str:
    """``status``, ``best`` and ``sql`` in a loop from three processes throughout: the same run, whole answers."""
    run = place.run(1)
    run.until(place.db.exists)
    answers = {0: 0, 2: 0}
    asked = [("status", "--json"), ("best", "--json"), ("sql", "select count(*) n from experiments", "--json")]
    while run.code is None:
        for made in [place.start(*args, "--db", place.db) for args in asked]:
            made.wait()
            made.clean()
            must(made.code in (0, 2), f"{made.code}: {made.err()}")
            if made.code == 0:
                json.loads(made.out())
            else:  # before the first run or valid round is there
                must(made.said_once("no "), f"a reader said: {made.err()}")
            answers[made.code or 0] += 1
    must(run.wait() == 0, run.err())
    run.clean()
    place.finish(run, reference=reference)
    return f"{answers[0]} answers, {answers[2]} times 'nothing there yet'"


HANGER = """
import json, socket, sys, time
from pathlib import Path
owner = json.loads(Path(sys.argv[1] + ".lock.json").read_text())
sql = "SELECT range, repeat('x', 1000) FROM range(200000)"
links = []
for _ in range(20):
    link = socket.socket(socket.AF_UNIX)
    link.connect(owner["address"][1])
    text = json.dumps({"token": owner["token"], "method": "table", "sql": sql, "params": []}).encode()
    link.sendall(len(text).to_bytes(4, "big") + (0).to_bytes(8, "big") + text)
    links.append(link)
print("asked", flush=True)
time.sleep(1000)
"""


def stuck_reader(place: Place, rng: random.Random, reference: Story) -> str:
    """A reader that asks for much twenty times over and is then stopped: the run goes on and ends in time."""
    run = place.run(1)
    run.until_shown(2)
    hanger = subprocess.Popen(
        [sys.executable, "-c", HANGER, str(place.db)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    place.started.append(hanger)
    assert hanger.stdout is not None
    hanger.stdout.readline()
    os.kill(hanger.pid, signal.SIGSTOP)
    code = run.wait()
    run.clean()
    must(code == 0, f"exit status {code}: {run.err()}")
    other = place.say("status")
    must(other.code == 0, other.err())
    hanger.kill()
    hanger.wait()
    place.finish(run, reference=reference)
    return "twenty answers unread"


def dead_lock(place: Place, rng: random.Random, reference: Story) -> str:
    """A lock file that a dead process left; with the pid of a living stranger; with garbage in it; of another host."""
    run = _killed(place, rng)
    lock = place.db.with_name("t.duckdb.lock.json")
    must(lock.exists(), "the killed run left no lock file")
    text = json.loads(lock.read_text())
    kind = rng.choice(("as left", "reused pid", "garbage", "empty", "other host"))
    if kind == "reused pid":
        lock.write_text(json.dumps({**text, "pid": os.getpid()}))
    elif kind == "garbage":
        lock.write_bytes(b"\xff{]" * 50)
    elif kind == "empty":
        lock.write_bytes(b"")
    elif kind == "other host":
        lock.write_text(json.dumps({**text, "host": "elsewhere." + socket.gethostname()}))
    status = place.say("status", "--json")
    must(status.code == 0, f"status said: {status.err()}")
    must(json.loads(status.out())[-1]["status"] == "interrupted", f"status: {status.out()[:300]}")
    for folder in place.tmp.glob("asi-evolve-read-*"):
        if kind in ("garbage", "empty"):  # nothing says any more where the socket of the dead process was
            shutil.rmtree(folder)
    place.finish(run, reference=reference)
    return kind


def held_by_a_child(place: Place, rng: random.Random, reference: Story) -> str:
    """The run is dead, but a process that inherited its lock still lives: the next run does not wait for that one."""
    import fcntl

    run = _killed(place, rng)
    lock = place.db.with_name("t.duckdb.lock.json")
    descriptor = os.open(lock, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        place.finish(run, reference=reference)
    finally:
        os.close(descriptor)
    return "taken over"
