"""The readers of text and bytes from elsewhere, each as a function of bytes that may raise only what it documents.

``TARGETS`` maps a name to seeds (valid inputs, which are mutated) and the function. A seed must be accepted. Whatever
else a target raises, a hang, or memory without bound is a fault.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import re
import shutil
import socket
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from asi_evolve.checks.static import check_program
from asi_evolve.cognition.items import dump_items, load_items
from asi_evolve.config import from_json, load_settings, to_json
from asi_evolve.domain import Slot
from asi_evolve.errors import AsiEvolveError, ConfigError, UsageError
from asi_evolve.llm.objects import AnswerError
from asi_evolve.plugins import discovery
from asi_evolve.proposers.llm import answer
from asi_evolve.records import Limits
from asi_evolve.report.html import render_markdown
from asi_evolve.report.text import csv_cell, one_line, printable
from asi_evolve.sandbox import channel, wire
from asi_evolve.sandbox.supervise import Call, Supervision
from asi_evolve.source import constants, diff, imports, normalise, slots
from asi_evolve.source.edits import EditError, apply_answer
from asi_evolve.source.tree import SourceError
from asi_evolve.store.artifacts import pack, unpack
from asi_evolve.store.lock import held_by, is_alive, lock_path, read_owner

Run = Callable[[bytes], object]


class Fault(AssertionError):
    """A promise that does not hold, though nothing was raised."""


@dataclass(frozen=True)
class Target:
    """One reader."""

    run: Run
    seeds: tuple[bytes, ...]
    allowed: tuple[type[BaseException], ...]
    """What it documents; swallowed here."""

    def __call__(self, data: bytes) -> bool:
        """Whether ``data`` was accepted. Anything but the documented errors comes through."""
        try:
            self.run(data)
        except self.allowed:
            return False
        return True


@cache
def _folder() -> Path:
    """A folder of this process, in memory where there is such a thing."""
    root = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=root))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


# ------------------------------------------------------------------------------------------ results of candidates

_VALUES: tuple[Any, ...] = (
    {"x": 1.5, "y": [1, -2, None, True], "s": "é\0"},
    {
        "a": np.arange(6.0).reshape(2, 3),
        "b": np.array([True]),
        "c": np.zeros((0, 4), np.int8),
        "d": np.array(2, np.uint16),
    },
    {"result": ["0123456789abcdef", {"z": 1j, "$k": {"$a": 1}, "n": [[[]]]}]},
    [float("nan"), float("inf"), 2**63, -(2**64) + 1, 5e-324],
    {"emit": {"loss": 0.1, "w": np.ones(3, np.float32)}},
)


def _wire(data: bytes) -> None:
    if len(data) < wire.PREFIX.size:
        data = data.ljust(wire.PREFIX.size, b"\0")
    header, body = wire.sizes(data, 1 << 20)
    start = wire.PREFIX.size
    value = wire.decode(
        bytearray(data[start : start + header]), bytearray(data[start + header : start + header + body])
    )
    again = wire.encode(value, tuples=True, limit=1 << 22)
    size, _ = wire.PREFIX.unpack_from(again)
    back = wire.decode(again[start : start + size], again[start + size :])
    if wire.encode(back, tuples=True) != again:
        raise Fault("what was decoded does not come back from its own encoding")
    # Whatever is let in must not stop the run where it is kept.
    unpack(pack(value))


_TOKEN = "0123456789abcdef"
_LIMITS = Limits(output_mb=1)


def _stream(data: bytes) -> None:
    """All that a candidate's process may write, as the supervisor reads it; the first byte says in which kind of job."""
    mode, data = (data[0], data[1:]) if data else (0, b"")
    calls = None if mode & 1 else [Call(b"", _TOKEN)]
    emitted: list[Any] = []
    one = Supervision(SimpleNamespace(tier="A"), _LIMITS, b"", _TOKEN, calls, emitted.append if mode & 2 else None)  # type: ignore[arg-type]
    inlet, outlet = os.pipe()
    try:
        os.set_blocking(inlet, False)
        for at in range(0, len(data), 60_000):
            os.write(outlet, data[at : at + 60_000])
            one._read(inlet)
            if calls is not None:
                one._next_call()
    finally:
        os.close(inlet)
        os.close(outlet)
    one.report = {"end": "exit", "detail": "", "signal": 0, "code": 0, "wall": 0.0, "cpu": 0.0, "peak_mb": 0.0}
    outcome = one._judge()
    if not outcome.error.isprintable() or (outcome.status == "ok") != (outcome.error == ""):
        raise Fault(f"verdict {outcome.status} with the text {outcome.error!r}")
    if len(outcome.emitted) > 32:
        raise Fault("more emissions than are kept")


def _frames(*values: Any) -> bytes:
    return b"".join(wire.encode(value) for value in values)


def _channel(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    try:
        theirs.sendall(data[:100_000])
        theirs.close()
        ours.settimeout(5)
        channel.receive(ours)
    finally:
        ours.close()


def _message(value: Any) -> bytes:
    text = json.dumps(value).encode()
    return struct.pack("<I", len(text)) + text


# ------------------------------------------------------------------------------------------------ files of people


def _config(data: bytes) -> None:
    path = _folder() / "asievolve.toml"
    path.write_bytes(data)
    found = load_settings(config_file=path, env={}).settings
    if from_json(json.loads(json.dumps(to_json(found)))) != found:
        raise Fault("settings do not survive the store")


def _options(data: bytes) -> None:
    """Lines: ``KEY=VALUE`` as options, ``ASIEVOLVE_X=VALUE`` as environment."""
    lines = _text(data).split("\n")[:20]
    env = dict(line.split("=", 1) for line in lines if line.startswith("ASIEVOLVE_") and "=" in line)
    load_settings(sets=[line for line in lines if not line.startswith("ASIEVOLVE_")], env=env, cwd=_folder() / "none")


def _cognition(data: bytes) -> None:
    path = _folder() / "items.toml"
    path.write_bytes(data)
    items = load_items(path)
    path.write_text(dump_items(items), encoding="utf-8")
    if items and load_items(path) != items:
        raise Fault("items do not come back from their own file")


def _lock(data: bytes) -> None:
    database = _folder() / "x.duckdb"
    lock_path(database).write_bytes(data)
    owner = read_owner(database)
    if owner is not None:
        is_alive(owner)
    if held_by(database) is not None:
        raise Fault("a lock file that nobody holds has an owner")


@contextmanager
def _on_path(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _metadata(data: bytes) -> None:
    """An installed distribution with such metadata: METADATA and entry_points.txt, parted by a line of ``%%``."""
    head, _, points = data.partition(b"\n%%\n")
    about = _folder() / "packages" / "other-1.0.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    (about / "METADATA").write_bytes(head)
    (about / "entry_points.txt").write_bytes(points)
    importlib.invalidate_caches()
    with _on_path(about.parent):
        discovery.available_domains()
        discovery.entry_points(discovery.PLUGIN_GROUP)


# -------------------------------------------------------------------------------------------------------- sources

_SLOTS = (Slot("base"), Slot("factor"), Slot("steps", kind="sequence"))
_PROGRAM = '''"""Three parts."""
from __future__ import annotations
import math, numpy as np
from asi_evolve import tunable


def _half(x):
    return x / 2


def base():
    return tunable(1.0, low=0.0, high=5.0) + tunable(3, low=0, high=9, name="k")


def factor(x: float) -> float:
    """Doc."""
    return _half(x) * np.float64(tunable("a", choices=("a", "b")) == "a")


def one(x): return x
steps = [one, factor]


def solve(é=1):
    return {"x": factor(base()), 'y': f"{é!r:>{10}}"}
'''
_OTHER = "def base():\n    return 2\n\n\ndef factor(x):\n    return math.sin(x)\n\nsteps = [factor]\n"


def _source(data: bytes) -> None:
    source = _text(data)
    for act in (
        lambda: constants.set_constants(source, {c.name: c.value for c in constants.read_constants(source)}),
        lambda: slots.read_slots(source, _SLOTS),
        lambda: slots.replace_slots(_PROGRAM, {"base": source}, ["import math"]),
        lambda: slots.replace_slots(source, {"base": "def base():\n    return 7\n"}, ["import math as m"]),
        lambda: slots.read_sequence(source, _SLOTS[2]),
        lambda: slots.foreign_names(source, _SLOTS[1], _OTHER),
        lambda: slots.slot_imports(source, _SLOTS[0]),
        lambda: imports.add_imports(source, ["import math", "from numpy import linalg as la"]),
        lambda: imports.parse_imports(source.split("\n")[:5]),
    ):
        try:
            act()
        except SourceError as error:
            if "\n" in str(error):
                raise Fault(f"the error has several lines: {error}") from error
    # These promise never to raise.
    normalise.normalised_hash(source)
    normalise.shape_hash(source)
    normalise.program_hash({"a.py": source, "b.txt": source})
    diff.changes({"c.py": source}, {"c.py": _PROGRAM}, _SLOTS, "c.py")
    diff.changes({"c.py": _OTHER}, {"c.py": source}, _SLOTS, "c.py")
    verdict = check_program(
        {"c.py": source}, "c.py", allowed_imports=("numpy",), protected=("base",), base={"c.py": _PROGRAM}
    )
    if not verdict.passed and ("\n" in verdict.message or not verdict.message):
        raise Fault("a refusal is one line")


def _edits(data: bytes) -> None:
    """An answer of a model, read and applied to a program."""
    found = answer.parse(_text(data), "candidate.py")
    result = apply_answer({"candidate.py": _PROGRAM}, found.files, found.edits, editable=("*.py",))
    if any(type(path) is not str or type(source) is not str for path, source in result.items()):
        raise Fault("a file that is no text")


_ANSWER = {
    "motivation": "Why.",
    "expected_effect": "More.",
    "used": [{"id": "a", "how": "b"}],
    "files": [],
    "edits": [],
}
_EDITS = [
    {"path": "candidate.py", "search": "    return x / 2\n", "replace": "    return x / 3\n"},
    {"path": "candidate.py", "search": "  def base():", "replace": "def base():\n  pass"},
]

# ------------------------------------------------------------------------------------------------------------ SQL


@cache
def _database() -> Any:
    from asi_evolve.store.backend import LocalBackend
    from asi_evolve.store.connection import connect

    path = _folder() / "fuzz.duckdb"
    import duckdb

    made = duckdb.connect(str(path))
    made.execute("CREATE TABLE runs AS SELECT i AS run_id, 'x' || i AS name FROM range(20) t(i)")
    made.close()
    return LocalBackend(connect(path, read_only=False), guarded=True)


def _sql(data: bytes) -> None:
    from asi_evolve.store.usersql import check_statement, run_user_sql

    text = _text(data)
    backend = _database()
    before = sorted(path.name for path in Path.cwd().iterdir())
    try:
        with backend.cursor() as cursor:
            check_statement(cursor, text)
        if len(text) < 300 and not re.search(r"\d{4}|\*\s*\*|repeat|pad|generate|range|recursive", text, re.IGNORECASE):
            with backend.cursor() as cursor:
                run_user_sql(cursor, text, 5.0)
    finally:
        left = backend.rows("SELECT count(*), min(name) FROM runs")
        if left != [(20, "x0")] or sorted(path.name for path in Path.cwd().iterdir()) != before:
            raise Fault(f"the database or the folder changed: {left}")


# ----------------------------------------------------------------------------------------------- text for people

_TAGS = re.compile(r"<\s*(script|iframe|object|embed|form|base|link|meta|style|svg|on\w+)", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _words(data: bytes) -> None:
    text = _text(data)
    for shown in (printable(text), one_line(text)):
        if _CONTROLS.search(shown):
            raise Fault("a control character is left")
    if csv_cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        raise Fault("a cell that is a formula")
    page = render_markdown(printable(text))
    if _TAGS.search(page) or re.search(r'(href|src)="(?!https?://|#|data:image/|")', page, re.IGNORECASE):
        raise Fault(f"mark-up that runs or fetches: {page[:200]!r}")


# ------------------------------------------------------------------------------------------------- the scorer


def _scorer(data: bytes) -> None:
    """A real scorer on whatever the wire lets through."""
    from asi_evolve_circle_packing.problems import parse_problem
    from asi_evolve_circle_packing.scoring import score_packing

    header, body = wire.sizes(data.ljust(8, b"\0"), 1 << 16)
    outputs = wire.decode(bytearray(data[8 : 8 + header]), bytearray(data[8 + header : 8 + header + body]))
    if isinstance(outputs, dict):
        for name in ("square-26", "rectangle-26"):
            score = score_packing(outputs, parse_problem(name))
            if score.valid and not (score.value is not None and 0 <= score.value <= 3):
                raise Fault(f"{score.value} is no sum of radii in a unit square")


_POINTS = np.random.default_rng(0).uniform(0.1, 0.9, (26, 2))
_PACKINGS = (
    {"centers": _POINTS, "radii": np.full(26, 1e-3)},
    {"centers": _POINTS.tolist(), "radii": [0.0] * 26, "width": 1.0},
    {"centers": _POINTS.astype(np.float32), "radii": np.zeros(26, np.int8)},
    {"centers": [[1e308, -1e308]] * 26, "radii": [5e-324] * 26},
)

TARGETS: dict[str, Target] = {
    "wire": Target(_wire, tuple(_frames(value) for value in _VALUES), (wire.WireError,)),
    "stream": Target(
        _stream,
        (
            b"\1" + _frames({"emit": {"a": 1}}, {"result": [_TOKEN, {"x": 1.0}]}),
            b"\0" + _frames({"ready": None}, {"emit": {"b": np.ones(2)}}, {"result": [_TOKEN, 2]}),
            b"\3"
            + _frames(*[{"emit": {"i": i}} for i in range(50)], {"error": "ValueError: no (candidate.py, line 2)"}),
            b"\2" + _frames({"ready": None}, {"exit": None}),
        ),
        (),
    ),
    "channel": Target(
        _channel, (_message({"op": "cell", "id": 3}), _message({"tasks": 1})), (EOFError, ValueError, OSError)
    ),
    "config": Target(
        _config,
        (
            b'plugin = "circle_packing"\n[run]\nrounds = 10\nseed = 3\nworkers = 2\n[sampler]\nname = "ucb1"\nc = 1.5\n[domain]\nn = 26\n',
            b'[plugins]\ndisable = ["a"]\n[store]\ndb = "x.duckdb"\nkeep_outputs_kb = 1\n[sandbox]\ntier = "auto"\n',
        ),
        (ConfigError,),
    ),
    "options": Target(
        _options,
        (b'run.rounds=10\nASIEVOLVE_RUN_SEED=3\ndomain.n=[1, 2.5, "x"]', b"sampler.name=greedy\nASIEVOLVE_DOMAIN_N=26"),
        (ConfigError,),
    ),
    "cognition": Target(
        _cognition,
        (
            '[[item]]\nid = "a"\ntitle = "T"\ninsight = """Long\n text"""\nsource = "Someone, 2020"\ntags = ["x"]\nblocks = []\n\n[[item]]\nid = "b"\ntitle = "U"\ninsight = "é"\nsource = "S"\norigin = "human"\n'.encode(),
        ),
        (UsageError,),
    ),
    "lock": Target(
        _lock,
        (
            json.dumps(
                {
                    "pid": 1,
                    "started": "2026",
                    "ticks": 5,
                    "host": socket.gethostname(),
                    "purpose": "run",
                    "address": ["unix", "/x/read.sock"],
                    "token": "ab",
                }
            ).encode(),
        ),
        (),
    ),
    "metadata": Target(
        _metadata,
        (
            b"Metadata-Version: 2.1\nName: other\nVersion: 1.0\nProvides-Extra: thing\n\n%%\n[asi_evolve.domains]\nthing = other.mod:plugin\n\n[asi_evolve]\nwatch = other\n",
        ),
        (AsiEvolveError,),
    ),
    "source": Target(_source, (_PROGRAM.encode(), _OTHER.encode()), ()),
    "edits": Target(
        _edits,
        (
            json.dumps(_ANSWER | {"edits": _EDITS}).encode(),
            json.dumps(_ANSWER | {"files": [{"path": "new.py", "source": "X = 1\n"}]}, indent=1).encode(),
            b"Words.\n```json\n" + json.dumps(_ANSWER).encode() + b"\n```\nand\n```python\nx = 1\n```\n",
        ),
        (AnswerError, EditError),
    ),
    "sql": Target(
        _sql,
        (
            b"SELECT run_id, name FROM runs WHERE run_id > 3 ORDER BY 1 LIMIT 5",
            b"WITH t AS (FROM runs) SELECT count(*) AS n, max(name) FROM t GROUP BY ALL -- c",
            b"COPY runs TO 'x.csv'; DROP TABLE runs",
            b"SELECT * FROM read_text('/etc/passwd') UNION ALL SELECT 'a'",
            b"ATTACH 'y.duckdb' AS y; CREATE TABLE y.t AS FROM runs",
            b"SELECT name FROM 'z.csv' /* ; */ ; SET memory_limit='1GB'",
        ),
        (AsiEvolveError,),
    ),
    "words": Target(
        _words,
        (
            "# A\n\n| a | b |\n|---|---|\n| `c` | [d](https://e) |\n\n![p](data:image/png;base64,eA==) <b>x</b> é\u202e\x1b[31m =1+1".encode(),
            b"=cmd|' /C calc'!A0\n[x](javascript:alert(1)) <script>",
        ),
        (),
    ),
    "scorer": Target(_scorer, tuple(_frames(each) for each in _PACKINGS), (wire.WireError,)),
}
