"""The benchmark of the loop's overhead measures what it says."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"

SPENDS = """
import os, time
def spend():
    begun = time.process_time()
    while time.process_time() - begun < 0.3:
        pass
if os.fork() == 0:
    spend()
    os._exit(0)
os.wait()
spend()
"""


@pytest.fixture(scope="module")
def overhead() -> ModuleType:
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location("overhead", FOLDER / "overhead.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["overhead"] = module
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FOLDER))
    return module


def test_the_clock_counts_children_that_have_ended(overhead: ModuleType) -> None:
    process = subprocess.Popen(
        ["/bin/sh", "-c", 'read -r _ && exec "$@"', "sh", sys.executable, "-c", SPENDS], stdin=subprocess.PIPE
    )
    clock = overhead.TreeClock(process.pid)
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.close()
    process.wait()
    seconds = clock.seconds()
    clock.close()
    if seconds != seconds:
        pytest.skip("this system has no clock that children inherit")
    assert seconds >= 0.6


def test_each_answer_of_the_model_server_is_a_new_program(overhead: ModuleType) -> None:
    server = overhead.ModelServer()
    texts = []
    for _ in range(2):
        request = urllib.request.Request(f"{server.url}/chat/completions", data=b"{}", method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            texts.append(json.loads(answer.read())["choices"][0]["message"]["content"])
    values = []
    for text in texts:
        scope: dict[str, object] = {}
        exec(re.search(r"```python\n(.*)```", text, re.DOTALL).group(1), scope)  # type: ignore[union-attr]
        values.append(scope["solve"]())  # type: ignore[operator]
    assert values == [{"x": 0.6180339887498949}, {"x": 2 * 0.6180339887498949 % 1}]
    assert server.watch.rounds == 2


def test_figures_are_per_round_between_marks(overhead: ModuleType) -> None:
    first, last = overhead.Mark(0, 10.0, 1.0, 2.0), overhead.Mark(200, 12.0, 2.0, 6.0)
    assert overhead.between(first, last) == (100.0, 5.0, 20.0)


def test_without_the_others_their_rows_say_so(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "overhead.py"), "--peers", str(tmp_path), "--only", "SkyDiscover"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert re.search(r"^\| SkyDiscover .*not installed", done.stdout, re.MULTILINE)


@pytest.mark.slow
def test_a_row_of_ours_is_measured(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "overhead.py"), "--rounds", "200", "--only", "grammar"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True, cwd=tmp_path)
    [row] = re.findall(r"^\| asi-evolve, 4 workers, grammar proposer \| yes \| 200 \|(.*)$", done.stdout, re.MULTILINE)
    rate, own, tree = (float(cell) for cell in row.split("|")[:3])
    assert rate > 0
    assert 0 < own <= 1000 * (os.cpu_count() or 1) / rate * 1.5
    assert not own > tree
