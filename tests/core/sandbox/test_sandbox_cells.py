"""A cell serves many jobs: nothing of one reaches the next, and a cell that breaks while it waits is replaced."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from asi_evolve.sandbox import Limits, Sandbox, channel, meter, probe
from asi_evolve.sandbox.supervise import plain

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
TIERS = [tier for tier in ("A", "B") if probe()[tier].available]
LIMITS = Limits(wall_s=60, cpu_s=20, memory_mb=256, disk_mb=8)
ONE = "def f():\n    return 1\n"

LITTER = """
import os
def f():
    for folder in (".", "/dev/shm"):
        try:
            os.makedirs(f"{folder}/deep/er")
            for path in ("left", "deep/er/left"):
                open(f"{folder}/{path}", "w").write("x" * 1000)
        except OSError:
            pass
    os.chmod(".", 0o555)
    os.utime(".", (1, 1))
    return 1
"""
LOOK = """
import os
def f():
    found = [os.listdir(".")]
    for path in ("/dev/shm", "/tmp"):
        try:
            found.append(os.listdir(path))
        except OSError:
            found.append([])
    about = os.stat(".")
    return [found, about.st_mode & 0o777, about.st_mtime > 1000]
"""
#: Looks through everything that this process may write to.
SEARCH = """
import ctypes
def f(first, second):
    needles = [(first + second).encode(), (first[::-1] + second[::-1]).encode()]
    found = [0, 0]
    for line in open("/proc/self/maps"):
        span, mode = line.split()[:2]
        if mode.startswith("rw"):
            low, high = (int(part, 16) for part in span.split("-"))
            data = ctypes.string_at(low, high - low)
            for i, needle in enumerate(needles):
                found[i] += data.count(needle)
    return found
"""


def processes(box, depth):
    """All processes ``depth`` levels below the server (tier A has one more of its own on top)."""
    level = {box.server_pid}
    for _ in range(depth + (box.tier == "A")):
        level = {
            int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) in level and pid
            for pid in meter.descendants(box.server_pid)
        } - {False}
    return sorted(level)


@pytest.fixture(params=TIERS)
def box(request):
    # With one spare and one job at a time, the same cell serves all.
    harness = "sandbox_test_harness:run"
    with Sandbox(LIMITS, tier=request.param, spares=1, harness=harness) as sandbox:
        yield sandbox


def test_a_cell_is_used_again(box):
    assert box.call(ONE, "f").value == 1
    before = processes(box, 1)
    assert len(before) == 1
    for _ in range(5):
        assert box.call(ONE, "f").value == 1
    assert processes(box, 1) == before


def test_nothing_is_left_for_the_next_job(box):
    assert box.call(LITTER, "f").status == "ok"
    (here, shm, tmp), mode, fresh = box.call(LOOK, "f").value
    assert here == ["candidate.py"]
    assert shm == []
    assert tmp in ([], ["candidate.py"])  # in tier A it is the work folder
    assert mode == 0o700
    assert fresh


def test_no_trace_of_the_last_job_is_in_memory(box):
    if box.tier != "A":
        pytest.skip("the candidate may not read its own map of memory there")
    # The warden reads the limits of every job: a number that stands out shows whose memory the next one inherits.
    digits = "7312906845"
    other = Limits(wall_s=float("60." + digits), cpu_s=20, memory_mb=256, disk_mb=8)
    assert box.call(ONE, "f", limits=other).status == "ok"
    # Both are found where the program puts them together itself; the control was never sent.
    last, control = box.call(SEARCH, "f", digits[:5], digits[5:]).value
    assert last == control
    # Such a search finds what is there: the program's own limits.
    own, control = box.call(SEARCH, "f", digits[:5], digits[5:], limits=other).value
    assert own > control


def test_candidates_have_the_same_process_id(box):
    if box.tier != "A":
        pytest.skip("needs a PID namespace")
    source = "import os, threading\ndef f():\n    threading.Thread(target=print).start()\n    return os.getpid()\n"
    assert len({box.call(source, "f").value for _ in range(4)}) == 1


@pytest.mark.parametrize("depth", [1, 2, 3], ids=["warden", "zygote", "waiting candidate"])
def test_a_cell_that_breaks_while_it_waits_is_replaced(box, depth):
    assert box.call(ONE, "f").value == 1
    first = box.server_pid
    deadline = time.monotonic() + 60
    while not (victims := processes(box, depth)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert victims
    for pid in victims:
        handle = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        assert select.select([handle], [], [], 60)[0]
        os.close(handle)
    assert box.call(ONE, "f").value == 1
    assert box.server_pid == first


@pytest.mark.parametrize("depth", [1, 2, 3], ids=["warden", "zygote", "candidate"])
def test_a_cell_that_breaks_under_a_job_is_a_verdict(box, depth):
    assert box.call(ONE, "f").value == 1
    first = box.server_pid
    started = threading.Event()
    outcomes = []
    source = {"c.py": "import time\ndef work(inputs, budget, rng, emit):\n    emit({})\n    time.sleep(600)\n"}

    def work():
        outcomes.append(
            box.run(source, "c.py", {}, harness="sandbox_test_harness:run", on_emit=lambda _: started.set())
        )

    thread = threading.Thread(target=work)
    thread.start()
    assert started.wait(60)
    (victim,) = processes(box, depth)
    os.kill(victim, signal.SIGKILL)
    thread.join(60)
    assert [outcome.status for outcome in outcomes] == ["killed"]
    assert box.call(ONE, "f").value == 1
    assert box.server_pid == first


@pytest.mark.parametrize("victim", ["candidate", "zygote"])
def test_a_death_between_the_gate_and_the_start_reaches_no_other_job(victim, tmp_path):
    """The start signal of the dead must not be read by the next candidate as the length of its job."""
    program = f"""
import os, select, signal, socket
from asi_evolve.sandbox import warden

def answer(job, ask=warden._Job._answer):
    said = ask(job)
    pid = job.zygote.{"candidate" if victim == "candidate" else "pid"}
    handle = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    select.select([handle], [], [])
    return said

warden._Job._answer = answer
warden.serve(socket.socket(fileno=0), warden.World("E", [], False, {str(tmp_path)!r}))
"""
    ours, theirs = socket.socketpair()
    cell = subprocess.Popen([sys.executable, "-c", program], stdin=theirs.fileno())
    theirs.close()
    null = os.open("/dev/null", os.O_RDWR)
    ours.settimeout(60)
    channel.send(ours, {"id": 1, "limits": plain(LIMITS)}, [null] * 4)
    os.close(null)
    report = ours.makefile("rb").readline()
    assert cell.wait(60) == 0
    ours.close()
    assert report.startswith(b"+")
    answer = json.loads(report[1:])
    assert answer["end"] == ("exit" if victim == "candidate" else "gone")
    assert answer["again"] is False


def test_candidates_have_their_garbage_collected(box):
    source = """
import gc, weakref
class Node: pass
def f():
    node = Node()
    node.itself = node
    gone = weakref.ref(node)
    del node
    kept = [[] for _ in range(10_000)]
    return [gc.isenabled(), gone() is None]
"""
    assert box.call(source, "f").value == [True, True]


@pytest.mark.slow
def test_thousands_of_jobs_leave_no_trace_and_cells_are_renewed(box):
    def look():
        tree = [os.getpid(), box.server_pid, *meter.descendants(box.server_pid)]
        files = [len(os.listdir(f"/proc/{pid}/fd")) for pid in tree]
        return sum(meter.memory(pid) for pid in tree), sum(files), len(tree)

    for _ in range(20):
        box.call(ONE, "f")
    first, before = processes(box, 1), look()
    for _ in range(1200):
        assert box.call(ONE, "f").value == 1
    assert processes(box, 1) != first
    deadline = time.monotonic() + 60
    while (after := look())[1:] != before[1:] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert after[1:] == before[1:]
    assert after[0] < before[0] + (2 << 20)


def test_a_hundred_at_once_leave_nothing_behind():
    def look():
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    with Sandbox(LIMITS, tier=TIERS[0], spares=2) as box:
        box.call(ONE, "f")
        before = look()
        answers: list[object] = [None] * 100

        def work(number):
            answers[number] = box.call("def f(n):\n    return n * n\n", "f", number).value

        threads = [threading.Thread(target=work, args=(number,)) for number in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [number * number for number in range(100)]
        kept = box._server._kept
        assert len(box._server._idle) <= kept
        after = look()
        # Beyond what there was: one socket for each cell that is kept.
        assert after[0] <= before[0] + kept
        assert after[1] == before[1]
        deadline = time.monotonic() + 60
        while len(meter.descendants(box.server_pid)) > 1 + 3 * kept and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(meter.descendants(box.server_pid)) <= 1 + 3 * kept
    assert not meter.descendants(os.getpid())
