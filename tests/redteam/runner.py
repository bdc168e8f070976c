"""Runs candidates with known verdicts in one tier of the sandbox and reports what happened, seen from outside.

    python tests/redteam/runner.py FOLDER --tier A [--only NAME ...] [--json FILE] [--uid N]

Exit code 1 if a verdict is not among the expected ones or anything got out. Needs no pytest.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import importlib.util
import json
import math
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from asi_evolve.records import Limits
from asi_evolve.sandbox import Sandbox

#: An attack that works must not be hidden by its own failure at the second call: only honest, buggy and faking
#: candidates get several.
CALLS = {"h": 3, "b": 3, "f": 3}
#: Verdicts that a file may name beside those of an outcome.
ALIASES = {"protocol": "invalid_result", "score0": "ok0"}
#: A verdict may come this much later than the wall-clock limit (a loaded machine, tearing down).
GRACE_S = 6.0
#: Limits for all files; short ones where a timeout is expected, so that the suite is quick.
DEFAULT = Limits(wall_s=15.0, cpu_s=6.0, memory_mb=400, disk_mb=64, inodes=2048, output_mb=16)
SHORT = replace(DEFAULT, wall_s=1.0, cpu_s=3.0)
HONEST = "def solve(x):\n    return float((x * x).sum())\n"


@dataclass
class Spec:
    """What the first lines of a candidate say."""

    path: Path
    expect: tuple[str, ...] = ()
    limits: Limits = DEFAULT
    tiers: tuple[str, ...] = ()
    min_call_s: float = 0.0
    mode: str = "calls"
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.path.stem


@dataclass
class Row:
    """What one candidate came to."""

    name: str
    expect: str
    got: str = ""
    match: bool = False
    breach: list[str] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""
    skipped: str = ""


def read_spec(path: Path) -> Spec:
    """Parse the leading comment lines."""
    spec = Spec(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    words = dict(line[2:].split(":", 1) for line in lines if line.startswith("# ") and line[2:3].isupper() and ":" in line)
    if "EXPECT" not in words:
        raise SystemExit(f"{path}: the first line must be '# EXPECT: verdict|verdict'")
    spec.expect = tuple(ALIASES.get(word.strip(), word.strip()) for word in words["EXPECT"].split("|"))
    spec.limits = SHORT if "timeout" in spec.expect else DEFAULT
    if "LIMITS" in words:
        changed: dict[str, Any] = {}
        for pair in words["LIMITS"].split():
            key, value = pair.split("=")
            changed[key] = float(value) if key in ("wall_s", "cpu_s") else int(value)
        spec.limits = replace(spec.limits, **changed)
    spec.tiers = tuple(words.get("TIERS", "").replace(",", " ").split())
    spec.min_call_s = float(words.get("MIN_CALL_S", 0.0))
    spec.needs = tuple(words.get("NEEDS", "").split())
    spec.mode = words.get("MODE", "calls").strip()
    return spec


class Outside:
    """The world that candidates must not reach: secrets, a folder, listeners, a bystander."""

    def __init__(self) -> None:
        token = secrets.token_hex(8)
        self.secrets = {"the canary file": f"TOPSECRET-{token}", "the API key": f"SECRETKEY-{token}"}
        os.environ["FAKE_API_KEY"] = self.secrets["the API key"]
        self.base = Path(tempfile.mkdtemp(prefix="redteam-outside-"))
        self.base.chmod(0o755)
        # Work folders of this run's sandbox go here, so that one that is left is surely ours.
        (self.base / "tmp").mkdir()
        tempfile.tempdir = str(self.base / "tmp")
        self.out = self.base / "out"
        self.out.mkdir()
        self.out.chmod(0o777)
        self.home = self.base / "home"
        for name in (".ssh/id_ed25519", ".aws/credentials", ".netrc", "project/hidden_answers.json"):
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.secrets["the canary file"])
            path.chmod(0o644)  # the sandbox must protect it, not its mode
        self.canary = self.out / "canary.txt"
        self.canary.write_text(self.secrets["the canary file"])
        self.canary.chmod(0o666)
        (self.out / "hidden_answers.json").write_text(self.secrets["the canary file"])
        self.hits: list[str] = []
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.abstract = f"redteam-{token}"
        unix, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        unix.bind(str(self.out / "s.sock"))
        os.chmod(self.out / "s.sock", 0o777)
        abstract.bind("\0" + self.abstract)
        datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        datagrams.bind(str(self.out / "d.sock"))
        os.chmod(self.out / "d.sock", 0o777)
        unix.listen()
        abstract.listen()
        self._keep = [unix, abstract, datagrams]
        for listener, kind in (
            (self.tcp, "tcp"),
            (self.udp, "udp"),
            (unix, "unix socket"),
            (abstract, "abstract socket"),
            (datagrams, "unix datagram socket"),
        ):
            threading.Thread(target=self._listen, args=(listener, kind), daemon=True).start()
        self.victim = self._bystander()
        self.before = self._snapshot()

    def _listen(self, listener: socket.socket, kind: str) -> None:
        while True:
            try:
                if listener.type == socket.SOCK_DGRAM:
                    listener.recv(100)
                else:
                    listener.accept()[0].close()
                self.hits.append(kind)
            except OSError:
                return

    @staticmethod
    def _bystander() -> subprocess.Popen[bytes]:
        return subprocess.Popen(["sleep", "3600"])

    def _snapshot(self) -> dict[str, tuple[int, int, int, bytes]]:
        found = {}
        for path in sorted([*self.out.rglob("*"), *self.home.rglob("*")]):
            info = path.lstat()
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            found[str(path.relative_to(self.base))] = (info.st_mode, info.st_uid, info.st_mtime_ns if content else 0, content)
        return found

    def fill(self, source: str) -> str:
        """The source with its placeholders replaced."""
        for name, value in (
            ("CANARY", self.canary),
            ("OUT", self.out),
            ("HOME", self.home),
            ("TCP", self.tcp.getsockname()[1]),
            ("UDP", self.udp.getsockname()[1]),
            ("ABSTRACT", self.abstract),
            ("VICTIM", self.victim.pid),
            ("SUPERVISOR", os.getpid()),
        ):
            source = source.replace(f"@{name}@", str(value))
        return source.replace("sbxabstract", self.abstract)

    def damage(self) -> list[str]:
        """What changed since the last look; puts it right again."""
        found = []
        if self.hits:
            found.append("contacted: " + ", ".join(sorted(set(self.hits))))
            self.hits.clear()
        if self.victim.poll() is not None:
            found.append("killed a bystander")
            self.victim = self._bystander()
        else:
            state = Path(f"/proc/{self.victim.pid}/stat").read_text().rpartition(")")[2].split()[0] if _LINUX else "S"
            if state == "T":
                found.append("stopped a bystander")
                os.kill(self.victim.pid, 18)
            if os.getpriority(os.PRIO_PROCESS, self.victim.pid) != os.getpriority(os.PRIO_PROCESS, 0):
                found.append("changed a bystander's priority")
        now = self._snapshot()
        for name in sorted(set(now) | set(self.before)):
            if now.get(name) != self.before.get(name):
                verb = "made" if name not in self.before else "removed" if name not in now else "changed"
                found.append(f"{verb} {name} outside")
        self.before = now
        return found

    def leaked(self, text: str) -> list[str]:
        """Which secrets occur in a text."""
        return [f"{what} is in the result or the log" for what, value in self.secrets.items() if value in text]

    def close(self) -> None:
        self.victim.kill()
        self.victim.wait()
        tempfile.tempdir = None
        shutil.rmtree(self.base, ignore_errors=True)


_LINUX = sys.platform.startswith("linux")


def _texts(value: Any) -> Iterator[str]:
    """All strings in a result."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value[:1000]:
            yield from _texts(each)
    elif isinstance(value, np.ndarray) and value.nbytes < 1 << 16:
        yield value.tobytes().decode("latin-1")


def _unsafe(text: str, what: str, one_line: bool) -> list[str]:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return [f"{what} cannot be stored (lone surrogates)"]
    if one_line and any(ord(each) < 32 or each in "\x7f\x9b\u2028\u2029\u202e" for each in text):
        return [f"{what} holds control characters: {text[:60]!r}"]
    return []


def breaches_of(values: Any) -> list[str]:
    """What the candidate itself says that it got."""
    found = []
    for value in values if isinstance(values, list) else [values]:
        if isinstance(value, dict) and "breach" in value:
            found.append(str(value["breach"])[:300])
    return found[:1]


def run_one(box: Sandbox, spec: Spec, outside: Outside, seed: int) -> Row:
    """Run one candidate and look at everything."""
    row = Row(spec.name, "|".join(spec.expect))
    source = outside.fill(spec.path.read_text(encoding="utf-8"))
    rng = np.random.default_rng(seed)
    inputs = [rng.normal(size=50) for _ in range(CALLS.get(spec.name[0], 1))]
    answers = [float((x * x).sum()) for x in inputs]
    server = box.server_pid
    start = time.monotonic()
    try:
        if spec.mode == "run":
            outcome = box.run({"candidate.py": source}, "candidate.py", {"x": inputs[0]}, limits=spec.limits)
            value = outcome.value
            values = [value["result"] if isinstance(value, dict) and set(value) == {"result"} else value]
            answers = answers[:1]
        else:
            outcome = box.calls(source, "solve", [(x,) for x in inputs], limits=spec.limits)
            values = outcome.value if outcome.status == "ok" else []
    except Exception as error:
        row.seconds = time.monotonic() - start
        row.got = "supervisor raised"
        row.error = f"{type(error).__name__}: {error}"[:300]
        row.breach = ["the supervisor itself raised", *outside.damage()]
        return row
    row.seconds = time.monotonic() - start
    row.error = outcome.error
    right = sum(
        isinstance(got, (float, np.floating)) and math.isfinite(got) and abs(got - want) <= 1e-9 * max(1.0, want)
        for got, want in zip(values or [], answers, strict=False)
    )
    row.got = ("ok" if right == len(answers) else "ok0") if outcome.status == "ok" else outcome.status
    row.breach += breaches_of(values)
    if outcome.emitted:
        row.breach += breaches_of(list(outcome.emitted))
    if row.got == "ok" and "ok" not in spec.expect:
        row.breach.append("earned a score")
    if spec.min_call_s and outcome.call_seconds and min(outcome.call_seconds) < spec.min_call_s:
        row.breach.append(f"charged {min(outcome.call_seconds):.3f} s for a call that took {spec.min_call_s} s")
    if row.seconds > spec.limits.wall_s + GRACE_S:
        row.breach.append(f"the verdict came after {row.seconds:.1f} s, limit {spec.limits.wall_s} s")
    for text in (*_texts(values), *_texts(list(outcome.emitted)), outcome.log_tail, outcome.error):
        row.breach += outside.leaked(text)
    for text in _texts(values):
        row.breach += _unsafe(text, "a string in the result", False)
    row.breach += _unsafe(outcome.log_tail, "the log", False) + _unsafe(outcome.error, "the error text", True)
    time.sleep(0.02)
    row.breach += outside.damage()
    if server is not None and box.server_pid != server:
        row.breach.append("the warm server died")
    if server is None and box.server_pid is None:
        row.breach.append("there is no warm server afterwards")
    row.breach = list(dict.fromkeys(row.breach))
    row.match = row.got in spec.expect
    return row


def _descendants(root: int) -> list[tuple[int, str]]:
    parents: dict[int, list[tuple[int, str]]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                head, _, rest = Path(f"/proc/{name}/stat").read_text().rpartition(")")
                state, parent = rest.split()[:2]
                if state not in "ZX":
                    parents.setdefault(int(parent), []).append((int(name), head.partition("(")[2]))
    found, queue = [], [root]
    while queue:
        for pid, name in parents.get(queue.pop(), []):
            found.append((pid, name))
            queue.append(pid)
    return found


def left_behind(bystander: int) -> list[str]:
    """Processes that outlive the sandbox (orphans land here: this process is a subreaper)."""
    left: list[tuple[int, str]] = []
    for _ in range(40):
        left = [each for each in _descendants(os.getpid()) if each[0] != bystander]
        if not left:
            break
        time.sleep(0.05)
    return [f"process {name} ({pid}) outlived the sandbox" for pid, name in left]


def run_folder(folder: Path, tier: str, only: tuple[str, ...] = (), seed: int = 0, quiet: bool = False) -> list[Row]:
    """All candidates of a folder in one tier, in the order of their names."""
    if _LINUX:
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    specs = [read_spec(path) for path in sorted(folder.glob("*.py"))]
    if only:
        specs = [spec for spec in specs if any(spec.name == each or spec.name.startswith(each) for each in only)]
    rows: list[Row] = []
    outside = Outside()
    box = Sandbox(DEFAULT, tier=tier)
    try:
        warm = box.call("def solve(x):\n    return 1\n", "solve", 0)
        if warm.status != "ok":
            raise SystemExit(f"the sandbox does not work in tier {tier}: {warm.status} {warm.error}")
        for index, spec in enumerate(specs):
            row = Row(spec.name, "|".join(spec.expect))
            if spec.tiers and tier not in spec.tiers:
                row.skipped = f"only in tier {', '.join(spec.tiers)}"
            elif tier == "E" and spec.name[0] not in "hb":
                row.skipped = "tier E confines nothing: only honest and buggy candidates run there"
            elif spec.limits.processes > 1 and tier == "B":
                row.skipped = "tier B refuses more than one process"
            elif missing := [name for name in spec.needs if importlib.util.find_spec(name) is None]:
                row.skipped = f"needs {', '.join(missing)}"
            else:
                row = run_one(box, spec, outside, seed * 1000 + index)
                if spec.name[0] in "fw":
                    # The next candidate must find everything as it was.
                    beside = box.call(HONEST, "solve", np.arange(4.0))
                    if beside.value != 14.0:
                        row.breach.append(f"the next candidate was harmed: {beside.status} {beside.error}")
            rows.append(row)
            if not quiet:
                print(line(row), flush=True)
        alive = box.call("def solve(x):\n    return x + 1\n", "solve", 41)
        box.close()
        last = Row("zz_afterwards", "ok", "ok" if alive.value == 42 else alive.status)
        last.match = last.got == "ok"
        last.breach += left_behind(outside.victim.pid) if _LINUX else []
        last.breach += outside.damage()
        last.breach += [f"work folder {path.name} was left" for path in sorted((outside.base / "tmp").iterdir())]
        rows.append(last)
        if not quiet:
            print(line(last), flush=True)
    finally:
        box.close()
        outside.close()
    return rows


def line(row: Row) -> str:
    """One row of the table."""
    if row.skipped:
        return f"{row.name:30} skipped: {row.skipped}"
    verdict = "" if row.match else f"EXPECTED {row.expect}  "
    breach = f"BREACH {row.breach}  " if row.breach else ""
    return f"{row.name:30} {row.got:15} {row.seconds:5.2f}s  {verdict}{breach}{row.error}"[:260]


def main(arguments: list[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tier", default="A", choices=["A", "B", "E"])
    parser.add_argument("--only", nargs="*", default=[], help="names, or beginnings of names")
    parser.add_argument("--json", dest="json_path", default="", help="write the rows there")
    parser.add_argument("--uid", type=int, default=-1, help="as root: become this user first")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if options.uid >= 0:
        os.setgroups([])
        os.setresgid(options.uid, options.uid, options.uid)
        os.setresuid(options.uid, options.uid, options.uid)
    rows = run_folder(options.folder, options.tier, tuple(options.only), options.seed)
    if options.json_path:
        Path(options.json_path).write_text(json.dumps([asdict(row) for row in rows], indent=1))
    run = [row for row in rows if not row.skipped]
    breaches, wrong = [row for row in run if row.breach], [row for row in run if not row.match]
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = f"uid {os.getuid()}"
    print(
        f"tier {options.tier} as {user}: {len(run)} run, {len(rows) - len(run)} skipped, "
        f"{len(breaches)} breaches, {len(wrong)} unexpected verdicts"
    )
    return 1 if breaches or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
