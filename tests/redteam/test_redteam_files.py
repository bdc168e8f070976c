"""Candidates of several files: names that shadow libraries and the sandbox's own code, and names that are none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from asi_evolve.records import Limits
from asi_evolve.sandbox import Sandbox, probe

TIERS = [tier for tier in ("A", "B") if probe()[tier].available]
HONEST = "def solve(x):\n    import helper\n    return float((helper.f(x) * x).sum())\n"
HELPER = "def f(x):\n    return x\n"
#: Says what it would do if somebody imported it in place of the real one.
SHADOW = "raise RuntimeError('shadowed')\n"
X = np.arange(4.0)


@pytest.fixture(scope="module", params=TIERS)
def box(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(Limits(wall_s=30, cpu_s=10), tier=request.param) as opened:
        opened.run({"candidate.py": "def solve():\n    return 0\n"}, "candidate.py", {})
        yield opened


SHADOWS = (
    *("numpy.py", "numpy/__init__.py", "json.py", "os.py", "sys.py", "struct.py", "math.py", "traceback.py", "random.py", "inspect.py"),
    *("sitecustomize.py", "usercustomize.py", "conftest.py", "asi_evolve.py", "asi_evolve/__init__.py", "asi_evolve/sandbox/child.py", "asi_evolve/sandbox/wire.py"),
    *("candidate/__init__.py", "encodings/__init__.py", "codecs.py", "io.py", "importlib/__init__.py", "linecache.py", "warnings.py", "pyvenv.cfg", "pip.conf", ".pth", "x.pth", "python311._pth"),
    *("__pycache__/candidate.cpython-311.pyc", "__pycache__/helper.cpython-311.pyc", "candidate.so", "helper.abi3.so", "numpy.cpython-311-x86_64-linux-gnu.so", "__init__.py", "__main__.py"),
)  # fmt: skip


def test_files_that_shadow_others_change_nothing(box: Sandbox) -> None:
    """All at once: what the sandbox and the candidate need is loaded already, or is found by its real place."""
    files = {"candidate.py": HONEST, "helper.py": HELPER, **{name: SHADOW for name in SHADOWS if not name.endswith(".so")}}
    outcome = box.run(files, "candidate.py", {"x": X})
    assert outcome.status in ("ok", "error"), outcome
    if outcome.status == "ok":
        assert outcome.value == {"result": 14.0}
    server = box.server_pid
    for name in SHADOWS:
        one = box.run({"candidate.py": HONEST, "helper.py": HELPER, name: SHADOW}, "candidate.py", {"x": X})
        assert one.status in ("ok", "error"), (name, one)
        assert one.status == "error" or one.value == {"result": 14.0}, name
        assert box.run({"candidate.py": HONEST, "helper.py": HELPER}, "candidate.py", {"x": X}).value == {"result": 14.0}, name
    assert box.server_pid == server


ODD = (
    *("", ".", "..", "/", "//", "/etc/passwd", "/box/x.py", "../x.py", "a/../x.py", "a/../../x.py", "./x.py", "a//x.py", "a/", "a/.", "~/x.py", "~root/x.py"),
    *("a\\..\\x.py", "C:\\x.py", "x\0.py", "x\n.py", "x\x1b[31m.py", "\u202ex.py", "\ufeffx.py", "é.py", "𝒳.py", "e\u0301.py", "\ud800.py", "x" * 199, "x" * 300, "a/" * 99 + "x", "d/" * 150 + "x"),
    *("$HOME/x.py", "`id`.py", "%s.py", "{x}.py", " x.py", "x.py ", "-rf", "*", "?", "con", "aux.py", "/proc/self/mem", "/dev/null", "proc/self/mem", "dev/null", ".ssh/authorized_keys", "\t"),
)  # fmt: skip


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_odd_names_are_refused_or_stay_inside(box: Sandbox, name: str) -> None:
    # Where the disk is counted from outside, a tree too deep to be searched counts as full, if it lives long enough.
    expected = ("ok", "error", "disk") if name.count("/") > 64 else ("ok", "error")
    outcome = box.run({"candidate.py": "def solve():\n    return 7\n", name: "X = 1\n"}, "candidate.py", {})
    assert outcome.status in expected, outcome
    assert outcome.error.isprintable() or outcome.status == "ok"
    if outcome.status == "ok":
        assert outcome.value == {"result": 7}
    # As the entry too.
    outcome = box.run({name: "def solve():\n    return 7\n"}, name, {})
    assert outcome.status in expected, outcome
    assert outcome.error.isprintable()


CLASHES = (
    {"a": "", "a/b.py": ""},
    {"a.py": "", "a.py/b.py": ""},
    {"candidate.py/x": ""},
    {"d/x.py": "", "d": ""},
    {f"f{i}.py": "" for i in range(999)},
    {f"f{i}.py": "" for i in range(1500)},
    {"big.txt": "x" * 5_000_000},
    {f"{'d/' * i}x": "" for i in range(60)},
    {"surrogate.py": "x = '\ud800'"},
    {"nul.py": "x = '\0'"},
)


@pytest.mark.parametrize("files", CLASHES, ids=range(len(CLASHES)))
def test_files_that_cannot_be_written_are_the_candidates_fault(box: Sandbox, files: dict[str, str]) -> None:
    outcome = box.run({"candidate.py": "def solve():\n    return 7\n", **files}, "candidate.py", {}, limits=Limits(wall_s=30, cpu_s=10, disk_mb=16, inodes=5000))
    assert outcome.status in ("ok", "error", "disk"), outcome
    assert box.run({"candidate.py": "def solve():\n    return 7\n"}, "candidate.py", {}).value == {"result": 7}


@pytest.mark.parametrize("source", ["x = '\ud800'\ndef solve():\n    return 7\n", "\ufeffdef solve():\n    return 7\n", "\0", "# coding: latin-1\ndef solve():\n    return 'é'\n", "# -*- coding: utf-7 -*-\ndef solve():\n    return 7\n", "# coding: rot13\n", "def solve():\r    return 7\r", "\x0cdef solve():\n    return 7\n"])
def test_sources_of_other_encodings(box: Sandbox, source: str) -> None:
    outcome = box.run({"candidate.py": source}, "candidate.py", {})
    assert outcome.status in ("ok", "error"), outcome
    assert outcome.error.isprintable()
