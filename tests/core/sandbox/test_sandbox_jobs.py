"""Jobs in each tier that this machine offers: what comes back, and what each way to fail is called."""

from __future__ import annotations

import os
import sys
import threading
import time

import numpy as np
import pytest
from asi_evolve.errors import SandboxError, UsageError
from asi_evolve.sandbox import Limits, Sandbox, probe

HARNESS = "sandbox_test_harness:run"
SQUARES = "def solve(x):\n    return float((x * x).sum())\n"
SHORT = Limits(wall_s=20, cpu_s=5, memory_mb=256, disk_mb=8)


@pytest.fixture(scope="module", params=["A", "B", "E"])
def box(request):
    report = probe()[request.param]
    if not report.available:
        pytest.skip(f"tier {request.param}: {report.reason}")
    with Sandbox(SHORT, tier=request.param, harness=HARNESS) as sandbox:
        yield sandbox


@pytest.fixture
def isolated(box):
    if box.tier == "E":
        pytest.skip("tier E isolates nothing")
    return box


def test_call_returns_data(box):
    source = "def f(x, *, y):\n    return x + 1, {'y': y, 'n': None}, isinstance(y, tuple)\n"
    outcome = box.call(source, "f", np.arange(3.0), y=(1, "a"))
    assert outcome.ok
    assert np.array_equal(outcome.value[0], [1.0, 2.0, 3.0])
    assert outcome.value[1:] == [{"y": [1, "a"], "n": None}, True]
    assert outcome.tier == box.tier
    assert outcome.wall_seconds > 0
    assert outcome.cpu_seconds > 0


def test_calls_share_one_process_and_are_timed_from_outside(box):
    source = (
        "import time\nnap = time.sleep\ntime.perf_counter = time.monotonic = time.time = lambda: 0.0\nseen = []\n"
        "def f(x):\n    seen.append(x)\n    nap(0.05)\n    return len(seen)\n"
    )
    outcome = box.calls(source, "f", [(1,), (2,), (3,)])
    assert outcome.value == [1, 2, 3]
    assert len(outcome.call_seconds) == 3
    assert min(outcome.call_seconds) >= 0.05
    assert box.calls(source, "f", []).value == []
    assert box.call(source, "f", 1).value == 1


def test_several_files_harness_seed_and_emissions(box):
    files = {
        "main.py": (
            "import numpy as np\nfrom part.inner import double\nfrom asi_evolve import tunable\n"
            "def work(inputs, budget, rng, emit):\n"
            "    for i in range(100):\n        emit({'i': i, 'x': np.full(2, i)})\n"
            "    return double(inputs['n']) + tunable(1, 0, 5), rng.random(), float(np.random.rand())\n"
        ),
        "part/__init__.py": "",
        "part/inner.py": "def double(n):\n    return 2 * n\n",
    }
    seen = []
    outcome = box.run(files, "main.py", {"n": 20}, harness=HARNESS, seed=5, on_emit=lambda data: seen.append(data["i"]))
    assert outcome.ok, outcome.error
    assert outcome.value["answer"][:2] == [41, np.random.default_rng(5).random()]
    assert outcome.value["limit"] == SHORT.memory_mb
    assert seen == list(range(100))
    assert 8 <= len(outcome.emitted) <= 32
    assert [each["i"] for each in outcome.emitted] == sorted(each["i"] for each in outcome.emitted)
    assert outcome.emitted[-1]["i"] == 99
    assert not outcome.truncated
    again = box.run(files, "main.py", {"n": 20}, harness=HARNESS, seed=5)
    assert again.value == outcome.value


def test_without_a_harness_the_call_gets_the_inputs(box):
    source = {"c.py": "def pack(n, k):\n    return n - k\n"}
    assert box.run(source, "c.py", {"n": 3, "k": 1}, call="pack").value == {"result": 2}
    assert box.run({"c.py": "def solve():\n    return {'a': 1}\n"}, "c.py", {}).value == {"a": 1}


def test_a_limit_keeps_the_last_emission(box):
    source = (
        "def work(inputs, budget, rng, emit):\n"
        "    for i in range(5):\n        emit({'i': i})\n    while True:\n        pass\n"
    )
    limits = Limits(wall_s=30, cpu_s=0.3, memory_mb=256)
    outcome = box.run({"c.py": source}, "c.py", {}, harness=HARNESS, limits=limits)
    assert (outcome.status, outcome.truncated, outcome.value) == ("timeout", True, None)
    assert outcome.emitted[-1] == {"i": 4}
    assert "CPU limit of 0.3 s" in outcome.error
    assert 0.2 < outcome.cpu_seconds < 3


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        ("def f(:\n", "error", "SyntaxError: invalid syntax (candidate.py, line 1)"),
        (
            "x = 1\ndef f():\n    return 1 / 0\n",
            "error",
            "ZeroDivisionError: division by zero (candidate.py, line 3, in f)",
        ),
        ("def g(): pass\n", "error", "defines no 'f'"),
        ("import time\ndef f(): time.sleep(60)\n", "timeout", "wall-clock limit of 0.5 s"),
        ("import os\ndef f(): os.abort()\n", "crash", "SIGABRT"),
        ("import numpy as np\ndef f(): return np.ones(10**9)\n", "oom", "256 MB"),
        ("def f():\n    with open('x', 'wb') as file:\n        file.write(bytes(9 << 20))\n", "disk", "8 MB"),
        ("import os\ndef f(): os._exit(3)\n", "no_result", "exit code 3"),
        ("import sys\ndef f(): sys.exit()\n", "no_result", "sys.exit"),
        ("def f(): return {1, 2}\n", "invalid_result", "result[1] is of type set"),
        ("import numpy as np\ndef f(): return np.zeros(3 << 20)\n", "invalid_result", "limit of 16 MB"),
        ("class E(Exception):\n    __str__ = None\ndef f(): raise E\n", "error", "E"),
        ("def f(): raise ValueError('a\\nb\\x1b[31m\\ud800')\n", "error", "ValueError: a b [31m"),
    ],
)
def test_every_failure_has_its_name(box, source, status, words):
    limits = Limits(wall_s=0.5 if status == "timeout" else 20, cpu_s=5, memory_mb=256, disk_mb=8)
    outcome = box.call(source, "f", limits=limits)
    assert outcome.status == status, outcome
    assert words in outcome.error
    assert "\n" not in outcome.error
    assert "\x1b" not in outcome.error
    assert outcome.value is None


def test_bad_paths_never_reach_the_disk(box):
    for name in ("../x.py", "/x.py", "a/../../x.py", ""):
        outcome = box.run({"c.py": "", name: "x = 1"}, "c.py", {})
        assert outcome.status == "error", name
    assert "no file 'd.py'" in box.run({"c.py": ""}, "d.py", {}).error


def test_only_the_tails_of_the_logs_are_kept(box):
    source = (
        "import sys\ndef f():\n    for i in range(30000):\n        print('line', i)\n"
        "    print('\\x1b[2J', file=sys.stderr)\n    return 1\n"
    )
    outcome = box.call(source, "f")
    assert outcome.ok
    assert outcome.stdout_tail.endswith("line 29999\n")
    assert len(outcome.stdout_tail) == 65536
    assert "\x1b" not in outcome.stderr_tail


def test_the_traceback_shows_the_candidate_only(box):
    outcome = box.call("def f():\n    raise KeyError('k')\n", "f")
    assert "candidate.py" in outcome.stderr_tail
    assert "child.py" not in outcome.stderr_tail


def test_memory_is_measured_and_threads_are_bounded(box):
    source = (
        "import numpy as np, time\ndef f():\n    x = np.ones(10_000_000)\n    time.sleep(0.1)\n    return float(x[0])\n"
    )
    outcome = box.call(source, "f")
    assert outcome.ok
    assert 70 < outcome.peak_memory_mb < 120
    source = (
        "import threading, time\nthreading.stack_size(65536)\ndef f():\n"
        "    for _ in range(3000):\n        threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
    )
    assert box.call(source, "f").status in ("killed", "error", "oom")


def test_nothing_passes_from_one_candidate_to_the_next(box):
    poison = (
        "import numpy, builtins, sys\ndef f():\n    numpy.sum = None\n    builtins.abs = None\n"
        "    sys.path.clear()\n    open('mark', 'w').close()\n    return 1\n"
    )
    assert box.call(poison, "f").ok
    check = (
        "import numpy, os, sys\ndef f():\n"
        "    return bool(numpy.sum([abs(-1)]) == 1 and sys.path and os.listdir() == ['candidate.py'])\n"
    )
    assert box.call(check, "f").value is True


def test_keys_files_and_network_are_out_of_reach(isolated, tmp_path, monkeypatch):
    secret = tmp_path / "secret.txt"
    secret.write_text("key")
    os.chmod(tmp_path, 0o777)
    source = (
        "import os, socket\n"
        "def f(paths):\n"
        "    out = [os.environ.get('SANDBOX_TEST_KEY')]\n"
        "    for path in paths:\n"
        "        try:\n            out.append(open(path).read(1))\n"
        "        except OSError:\n            out.append(None)\n"
        "    try:\n        socket.socket()\n        out.append('socket')\n"
        "    except PermissionError:\n        out.append(None)\n"
        "    return out\n"
    )
    monkeypatch.setenv("SANDBOX_TEST_KEY", "key")
    with Sandbox(SHORT, tier=isolated.tier) as fresh:
        assert fresh.call(source, "f", [str(secret), __file__, "/etc/passwd"]).value == [None] * 5
    with Sandbox(SHORT, tier=isolated.tier, readonly_paths=[str(tmp_path)]) as fresh:
        assert fresh.call(source, "f", [str(secret)]).value == [None, "k", None]


def test_libraries_are_found_when_they_are_needed(isolated):
    pytest.importorskip("scipy")
    source = "def f():\n    import scipy.linalg\n    return float(scipy.linalg.det([[2.0]]))\n"
    assert isolated.call(source, "f", limits=Limits(wall_s=60, cpu_s=30)).value == 2.0


def test_processes_need_a_namespace(box):
    source = (
        "import os\ndef f():\n    pid = os.fork()\n    if pid == 0:\n        os._exit(7)\n"
        "    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\n"
    )
    many = Limits(wall_s=20, cpu_s=5, processes=3, memory_mb=256)
    if box.tier == "B":
        with pytest.raises(SandboxError, match="tier A"):
            box.call(source, "f", limits=many)
    else:
        assert box.call(source, "f", limits=many).value == 7
    if box.tier != "E":
        assert "PermissionError" in box.call(source, "f").error


def test_threads_use_one_server_at_once(box):
    out: dict[int, list] = {}

    def work(i):
        out[i] = [box.call("def f(x):\n    return x * 2\n", "f", 10 * i + k).value for k in range(5)]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert out == {i: [2 * (10 * i + k) for k in range(5)] for i in range(4)}


def test_no_descriptor_and_no_folder_is_left(box):
    box.call(SQUARES, "solve", np.ones(2))
    before = len(os.listdir("/proc/self/fd")) if sys.platform.startswith("linux") else 0
    for source in (SQUARES, "def solve(x):\n    raise ValueError\n", "import os\ndef solve(x):\n    os.abort()\n"):
        for _ in range(3):
            box.call(source, "solve", np.ones(2))
    assert (len(os.listdir("/proc/self/fd")) if before else 0) == before
    base = box._server._base
    if base:
        end = time.monotonic() + 5
        while os.listdir(base) and time.monotonic() < end:
            time.sleep(0.02)
        assert os.listdir(base) == []


@pytest.mark.parametrize("wrong", [{"wall_s": 0}, {"disk_mb": -1}, {"inodes": 0}, {"cpu_s": float("inf")}])
def test_limits_are_positive(box, wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        box.call(SQUARES, "solve", 1, limits=Limits(**wrong))
