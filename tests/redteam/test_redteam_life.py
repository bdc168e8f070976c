"""Nothing outlives the process that uses the sandbox, and nothing that dies takes the rest along."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from asi_evolve.records import Limits
from asi_evolve.sandbox import Sandbox, probe

sys.path.insert(0, str(Path(__file__).resolve().parent))

import runner  # noqa: E402

TIERS = [tier for tier in ("A", "B", "E") if probe()[tier].available]
HONEST = "def solve(x):\n    return float((x * x).sum())\n"
SLEEPER = "import time\ndef solve(x):\n    time.sleep(3600)\n"
SUPERVISOR = """
import sys, tempfile, threading
tempfile.tempdir = sys.argv[2]
from asi_evolve.sandbox import Sandbox
from asi_evolve.records import Limits
box = Sandbox(Limits(wall_s=600, cpu_s=600), tier=sys.argv[1])
assert box.call("def solve(x): return x", "solve", 1).value == 1
print("ready", flush=True)
job = threading.Thread(target=box.call, args=("import time\\ndef solve(x):\\n    open('mark', 'w').close(); time.sleep(3600)", "solve", 1))
job.start()
job.join()
"""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


def _gone(before: set[int], seconds: float = 60.0) -> list[tuple[int, str]]:
    """Descendants of this process that are not in ``before``, once none is left or time is up."""
    deadline = time.monotonic() + seconds
    while True:
        while True:  # collect what was handed to this subreaper
            try:
                left = [each for each in runner._descendants(os.getpid()) if each[0] not in before]
                for pid, _ in list(left):
                    os.waitpid(pid, os.WNOHANG)
                break
            except ChildProcessError:
                break
        left = [each for each in runner._descendants(os.getpid()) if each[0] not in before]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


@pytest.fixture
def subreaper() -> None:
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_supervisor_dies(tier: str, number: int, tmp_path: Path, subreaper: None) -> None:
    before = {pid for pid, _ in runner._descendants(os.getpid())}
    process = subprocess.Popen([sys.executable, "-c", SUPERVISOR, tier, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    process.send_signal(number)
    process.wait(60)
    process.stdout.close()
    assert _gone(before) == []
    if tier != "E":
        deadline = time.monotonic() + 60
        while any(tmp_path.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tier", TIERS)
def test_server_dies_in_a_job(tier: str, subreaper: None) -> None:
    with Sandbox(Limits(wall_s=60, cpu_s=60), tier=tier) as box:
        assert box.call(HONEST, "solve", np.ones(2)).value == 2.0
        outcomes = []
        job = threading.Thread(target=lambda: outcomes.append(box.call(SLEEPER, "solve", np.ones(2))))
        job.start()
        time.sleep(0.5)
        before = box.server_pid
        assert before is not None
        os.kill(before, signal.SIGKILL)
        job.join(20)
        assert [outcome.status for outcome in outcomes] == ["killed"]
        assert box.call(HONEST, "solve", np.ones(3)).value == 3.0
        assert box.server_pid != before


@pytest.mark.parametrize("tier", [tier for tier in TIERS if tier != "E"])
def test_neighbours_do_not_disturb(tier: str) -> None:
    """Honest programs beside hostile ones, at the same time on one server."""
    here = Path(__file__).resolve().parent / "beyond"
    hostile = ["r61_cpu_by_many_threads", "w54_signals_to_everybody", "f10_flood_of_emissions", "r51_memory_in_threads", "w58_after_the_last_answer"]
    outside = runner.Outside()
    try:
        with Sandbox(Limits(wall_s=30, cpu_s=10, memory_mb=400), tier=tier) as box:
            x = np.arange(20.0)
            box.call(HONEST, "solve", x)
            sources = [outside.fill((here / f"{name}.py").read_text()) for name in hostile]
            short = Limits(wall_s=2, cpu_s=1, memory_mb=300)
            threads = [threading.Thread(target=box.call, args=(source, "solve", x), kwargs={"limits": short}) for source in sources]
            for thread in threads:
                thread.start()
            results = [box.call(HONEST, "solve", x) for _ in range(10)]
            for thread in threads:
                thread.join(60)
            assert [(each.status, each.value) for each in results] == [("ok", float(x @ x))] * 10
            assert outside.damage() == []
    finally:
        outside.close()


@pytest.mark.parametrize("tier", [tier for tier in TIERS if tier != "E"])
def test_threads_of_neighbours(tier: str) -> None:
    """Eight programs that hold all the threads they may have leave enough for a ninth."""
    greedy = (
        "import threading, time\ndef solve(x):\n    for _ in range(60):\n        threading.Thread(target=time.sleep, args=(3,)).start()\n"
        "    time.sleep(2)\n    return 60\n"
    )
    modest = (Path(__file__).resolve().parent / "beyond" / "h23_fifty_threads.py").read_text()
    with Sandbox(Limits(wall_s=20, cpu_s=10), tier=tier) as box:
        box.call(HONEST, "solve", np.ones(2))
        outcomes = []
        threads = [threading.Thread(target=lambda: outcomes.append(box.call(greedy, "solve", 1))) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(1.0)
        beside = box.call(modest, "solve", np.arange(50.0))
        for thread in threads:
            thread.join(30)
        assert (beside.status, beside.error) == ("ok", "")
        assert [each.status for each in outcomes] == ["ok"] * 8
