"""The life of the warm server: it is replaced when it dies, ends with its user, and never outlives it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from asi_evolve.errors import SandboxError
from asi_evolve.sandbox import Limits, Sandbox, client, meter, probe, tiers
from asi_evolve.sandbox import box as box_module
from asi_evolve.sandbox.client import ServerGoneError

BEST = next((tier for tier in ("A", "B", "E") if probe()[tier].available), "E")
ONE = "def f():\n    return 1\n"
HARNESS = "sandbox_test_harness:run"
LONG = Limits(wall_s=300)
SLEEP = "import time\ndef f():\n    time.sleep(60)\n"


def wait_until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_a_dead_server_is_replaced():
    with Sandbox(tier=BEST) as box:
        assert box.call(ONE, "f").value == 1
        first = box.server_pid
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        assert box.call(ONE, "f").value == 1
        assert box.server_pid != first


def asleep(box, then):
    """Run a job that sleeps, and do ``then`` as soon as it says that it does."""
    source = {"c.py": "import time\ndef work(inputs, budget, rng, emit):\n    emit({})\n    time.sleep(600)\n"}
    return box.run(source, "c.py", {}, harness=HARNESS, limits=LONG, on_emit=lambda _: then())


def test_a_server_that_dies_under_a_job_is_a_verdict():
    with Sandbox(tier=BEST, harness=HARNESS) as box:
        box.call(ONE, "f")
        assert asleep(box, lambda: os.kill(box.server_pid, signal.SIGKILL)).status == "killed"
        assert box.call(ONE, "f").value == 1


def test_close_ends_what_runs_and_is_idempotent():
    box = Sandbox(tier=BEST, harness=HARNESS)
    box.call(ONE, "f")
    process = box._server.process
    assert asleep(box, lambda: threading.Thread(target=box.close).start()).status == "killed"
    box.close()
    box.close()
    assert wait_until(lambda: process.poll() is not None)
    with pytest.raises(SandboxError, match="closed"):
        box.call(ONE, "f")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("tier", ["A", "B", "E"])
def test_killing_the_user_leaves_nothing(tier, tmp_path):
    if not probe()[tier].available:
        pytest.skip(probe()[tier].reason)
    program = textwrap.dedent(
        f"""
        import threading, time
        from asi_evolve.sandbox import Sandbox
        box = Sandbox(tier={tier!r})
        box.call({ONE!r}, "f")
        threading.Thread(target=box.call, args=({SLEEP!r}, "f"), daemon=True).start()
        time.sleep(0.5)
        print(box.server_pid, flush=True)
        time.sleep(60)
        """
    )
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    user = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=env)
    server = int(user.stdout.readline())
    below = [server, *meter.descendants(server)]
    assert len(below) >= 3
    user.send_signal(signal.SIGKILL)
    user.wait()
    user.stdout.close()

    def gone():
        return not any(
            Path(f"/proc/{pid}").exists() and "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
            for pid in below
        )

    assert wait_until(gone), below
    assert wait_until(lambda: not list(tmp_path.iterdir()))


def test_the_server_does_not_die_with_the_thread_that_started_it():
    with Sandbox(tier=BEST) as box:
        thread = threading.Thread(target=box.call, args=(ONE, "f"))
        thread.start()
        thread.join()
        first = box.server_pid
        time.sleep(0.1)
        assert box.call(ONE, "f").value == 1
        assert box.server_pid == first


def test_libraries_that_start_threads_get_fresh_processes(tmp_path, monkeypatch):
    (tmp_path / "threaded_library.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,), daemon=True).start()\nVALUE = 42\n"
    )
    (tmp_path / "threaded_harness.py").write_text(
        "import threaded_library\ndef run(candidate, inputs, budget, rng, emit):\n"
        "    return {'out': candidate.work(), 'value': threaded_library.VALUE}\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    program = (
        "from asi_evolve import tunable\nimport threaded_library\n"
        "def work():\n    return tunable(1) + threaded_library.VALUE\n"
    )
    source = {"c.py": program}
    with Sandbox(Limits(wall_s=30), tier=BEST, libraries=["threaded_library"], harness="threaded_harness:run") as box:
        for _ in range(2):
            outcome = box.run(source, "c.py", {}, harness="threaded_harness:run")
            assert outcome.value == {"out": 43, "value": 42}, outcome
        assert box.fresh


def test_a_library_that_is_missing_is_named():
    with Sandbox(tier=BEST, libraries=["no_such_library_at_all"]) as box:
        with pytest.raises(SandboxError, match="no_such_library_at_all") as caught:
            box.call(ONE, "f")
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="folder modes of Linux")
def test_nasty_trees_are_removed(tmp_path):
    top = tmp_path / "work"
    here = os.getcwd()
    (tmp_path / "kept").write_text("x")
    top.mkdir()
    os.chdir(top)
    try:
        os.symlink(tmp_path, "link")
        for _ in range(300):
            os.mkdir("d" * 40)
            os.chdir("d" * 40)
            Path("file").touch()
        os.mkdir("closed", 0)
    finally:
        os.chdir(here)
    assert meter.disk(str(top))[1] >= 1 << 30
    meter.remove_tree(str(top))
    assert not top.exists()
    assert (tmp_path / "kept").exists()


def test_importing_the_package_is_cheap():
    program = (
        "import sys, asi_evolve.sandbox.box, asi_evolve.sandbox.tiers;"
        "print([m for m in ('numpy', 'ctypes') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_server_started_ahead_serves_the_first_job():
    with Sandbox(tier=BEST) as box:
        box.warm()
        started = box.server_pid
        assert started is not None
        assert box.call(ONE, "f").value == 1
        assert box.server_pid == started
    box.warm()
    assert box.server_pid is None


def test_a_trial_under_way_is_waited_for_not_made_again(monkeypatch):
    trials = []
    begun, go_on = threading.Event(), threading.Event()

    def server(tier, **_):
        trials.append(tier)
        begun.set()
        go_on.wait(60)
        raise SandboxError("no")

    monkeypatch.setattr("asi_evolve.sandbox.client.Server", server)
    tiers._try.cache_clear()
    try:
        tiers.probe_ahead("B")
        assert begun.wait(60)
        threading.Timer(0.1, go_on.set).start()
        with pytest.raises(SandboxError):
            tiers.resolve_tier("B", assembled_only=False)
        assert trials == ["B"]
    finally:
        go_on.set()
        tiers._try.cache_clear()


@pytest.mark.parametrize("others", [True, False])
def test_a_server_that_works_for_others_is_left_to_them(monkeypatch, others):
    """A job whose cells die twice gets another server only where nobody else has a job on this one."""
    deaths = []
    real = box_module.Supervision.run

    def dies_twice(supervision):
        if len(deaths) < 2:
            deaths.append(supervision.server)
            raise ServerGoneError
        return real(supervision)

    with Sandbox(tier=BEST) as box:
        assert box.call(ONE, "f").status == "ok"
        first = box._server
        monkeypatch.setattr(box_module.Supervision, "run", dies_twice)
        if others:
            first._busy += 1
        assert box.call(ONE, "f").value == 1
        assert (box._server is first) is others
        assert first.alive() is others
        if others:
            first._busy -= 1
        assert first.unused()


def test_three_deaths_are_told_and_end_nobody_else(monkeypatch):
    def dies(supervision):
        raise ServerGoneError

    with Sandbox(tier=BEST) as box:
        first = box._running()
        first._busy += 1
        monkeypatch.setattr(box_module.Supervision, "run", dies)
        outcome = box.call(ONE, "f")
        assert (outcome.status, first.alive()) == ("killed", True)
        assert "died before the job began" in outcome.error
        monkeypatch.undo()
        assert box.call(ONE, "f").value == 1
        assert box._server is first


@pytest.mark.parametrize("tier", [tier for tier in ("A", "B", "E") if probe()[tier].available])
def test_a_server_that_cannot_be_started_leaves_nothing(monkeypatch, tmp_path, tier):
    monkeypatch.setattr(client, "_temporary_folder", lambda: str(tmp_path))
    before = len(os.listdir("/proc/self/fd"))

    def refuse(*args, **kwargs):
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    with Sandbox(tier=tier) as box:
        monkeypatch.setattr(client.subprocess, "Popen", refuse)
        with pytest.raises(SandboxError, match=r"did not start .*allocate memory"):
            box.call(ONE, "f")
    assert len(os.listdir("/proc/self/fd")) == before
    assert not list(tmp_path.iterdir())
