from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from asi_evolve.store import Store, open_store
from store_samples import info, simple

HERE = str(Path(__file__).parent)

WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from store_samples import info, rich, simple
from asi_evolve.store import open_store
start = int(sys.argv[3])
store = open_store(sys.argv[1])
store.create_run(info()).result()
store.begin_round("abc123", 999999, "abc123.999999", []).result()
for n in range(start, start + 100000):
    kept = n % 7 == 0
    experiment = rich(n, outputs=True) if kept else simple(n, value=float(n))
    future = store.record(experiment, state={"n": n}, keep_outputs=kept)
    future.add_done_callback(lambda done, n=n: print(n, flush=True))
    if n % 20 == 0:
        future.result()
"""

FULL = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from store_samples import simple
from asi_evolve.errors import AsiEvolveError
from asi_evolve.store import open_store
store = open_store(sys.argv[1])
store.record(simple(1, value=1.0), state={}).result()
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
for n in range(2, 2000):
    text = "".join(chr(33 + (n * i * i) % 90) for i in range(5000))
    try:
        store.record(simple(n, value=1.0, notes={"text": text}), state={}).result()
        print(n, flush=True)
    except AsiEvolveError as error:
        print(type(error).__name__, error.exit_code, error, flush=True)
        break
try:
    store.close()
finally:
    import os
    os._exit(0)
"""


def test_kill_loses_nothing_that_was_acknowledged(db: Path) -> None:
    acknowledged: set[int] = set()
    for turn in range(2):
        arguments = [sys.executable, "-c", WRITER, str(db), HERE, str(1 + turn * 100000)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for count, line in enumerate(writer.stdout):
                acknowledged.add(int(line))
                if count == 50 + 37 * turn:
                    break
            writer.kill()
            acknowledged |= {int(line) for line in writer.stdout if line.endswith("\n")}
    with open_store(db) as store:
        assert store.notes == []
        present = {entry.round for entry in store.entries("abc123")}
        assert acknowledged <= present
        assert len(acknowledged) > 100
        assert store.mark_interrupted("abc123") == [999999]
        for number in sorted(acknowledged):
            if number % 7 == 0:
                assert sorted(store.outputs(f"abc123.{number}")) == [0, 1]
        last = max(present)
        assert store.state("abc123") == {"n": last}, "the state is that of the last recorded experiment"
        assert store.experiment(f"abc123.{last}").run_id == "abc123"


def test_a_full_disk_is_said_and_loses_nothing_acknowledged(db: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(db), HERE], capture_output=True, text=True, check=False, timeout=120
    )
    *numbers, last = done.stdout.splitlines()
    assert last.startswith("DiskFullError 1 no space left for the database"), (last, done.stderr)
    with open_store(db) as store:
        present = {entry.round for entry in store.entries("abc123")}
        assert {1, *map(int, numbers)} <= present
        store.record(simple(5000, value=1.0), state={}).result()


def test_three_hundred_records_in_a_second_of_cpu_time(store: Store) -> None:
    store.create_run(info()).result()
    count = 600
    began = time.process_time()  # of all threads; the clock on the wall says how busy the machine is
    futures = [store.record(simple(n, value=float(n)), state={"n": n}) for n in range(1, count + 1)]
    for future in futures:
        future.result()
    assert count / (time.process_time() - began) > 300
    assert len(store.entries("abc123")) == count


def test_memory_does_not_grow_with_the_records(store: Store) -> None:
    for start in range(0, 1500, 500):
        for number in range(start, start + 500):
            store.record(simple(number + 1, value=1.0), state={})
        store.flush()
    assert len(store._pending) == 0
    assert len(store._cache) <= 512
    assert store.experiment("abc123.1") == simple(1, value=1.0), "from the file, long out of the cache"


def test_the_interpreter_ends_quietly_with_stores_and_readers_left_open(db: Path) -> None:
    code = (
        "import sys\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from store_samples import simple\n"
        "from asi_evolve.store import open_store, open_reader\n"
        "store = open_store(sys.argv[1]); future = store.record(simple(1, value=1.0), state={})\n"
        "reader = open_reader(sys.argv[1]); other = open_store(sys.argv[1] + '2'); other.close()\n"
        "idle = open_reader(sys.argv[1] + '2'); idle.runs()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(db), HERE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with open_store(db) as store:
        assert store.best("abc123") == "abc123.1", "what was queued is written at the end"
