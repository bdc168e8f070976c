"""Runs a folder of candidates in one tier as the current user, with bystanders to be harmed, and judges each.

The task of every candidate: ``solve(x)`` gives the sum of squares of a float array. The first lines of a file:
``# EXPECT: status|status`` (``ok0`` and ``score0``: it came back, but earned no score) and, if the common limits do not
fit, ``# LIMITS: wall_s=5 cpu_s=5``. Placeholders ``@CANARY@ @OUT@ @TCP@ @UDP@ @VICTIM@`` are filled in. Whatever the
verdict, a breach is: a returned ``{"breach": ...}``, a contacted listener, a touched canary, anything new in the
folder outside, a dead or slowed bystander, a dead server, a process or folder that is left behind.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

import numpy as np

from asi_evolve.records import Limits
from asi_evolve.sandbox import Outcome, Sandbox
from asi_evolve.sandbox.meter import descendants

LIMITS = Limits(wall_s=2.0, cpu_s=3.0, memory_mb=400, disk_mb=32)
SECRET = "REDTEAM-SECRET-123"
CANARY_TEXT = "SECRETKEY-canary"
HONEST = "def solve(x):\n    return float((x * x).sum())\n"


@dataclass
class Row:
    """What became of one candidate."""

    name: str
    status: str
    expected: str
    breaches: list[str] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return not self.breaches and self.status in self.expected.split("|")


class Bystanders:
    """Listeners, a process, a secret file and an open folder that belong to the user who runs the sandbox."""

    def __init__(self) -> None:
        self.out = tempfile.mkdtemp(prefix="redteam-out-")
        os.chmod(self.out, 0o777)
        self.canary = os.path.join(self.out, "canary.txt")
        Path(self.canary).write_text(CANARY_TEXT)
        Path(self.out, "hidden_answers.json").write_text("[1, 2, 3]")
        os.environ["REDTEAM_API_KEY"] = SECRET
        os.environ["FAKE_API_KEY"] = "SECRETKEY-123"
        self.hits: list[str] = []
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.tcp_port, self.udp_port = self.tcp.getsockname()[1], self.udp.getsockname()[1]
        stream, datagram = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        abstract = socket.socket(socket.AF_UNIX)
        stream.bind(os.path.join(self.out, "s.sock"))
        datagram.bind(os.path.join(self.out, "d.sock"))
        abstract.bind(f"\0asi-redteam-{self.udp_port}")
        for name in ("s.sock", "d.sock"):
            os.chmod(os.path.join(self.out, name), 0o777)
        for each in (stream, abstract):
            each.listen()
        self.sockets = {"tcp": self.tcp, "udp": self.udp, "unix": stream, "datagram": datagram, "abstract": abstract}
        for kind, each in self.sockets.items():
            threading.Thread(target=self._listen, args=(each, kind), daemon=True).start()
        self.victim = self._new_victim()
        self.before = self._state()

    def _new_victim(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(600)"])

    def _listen(self, each: socket.socket, kind: str) -> None:
        while True:
            try:
                if each.type == socket.SOCK_DGRAM:
                    each.recv(100)
                else:
                    each.accept()[0].close()
            except OSError:
                return
            self.hits.append(kind)

    def _state(self) -> dict[str, tuple[object, ...]]:
        out: dict[str, tuple[object, ...]] = {}
        for name in sorted(os.listdir(self.out)):
            about = os.lstat(os.path.join(self.out, name))
            out[name] = (about.st_mode, about.st_size, about.st_mtime_ns, about.st_uid)
        return out

    def fill(self, source: str) -> str:
        """The source with its placeholders filled in."""
        filled = {"CANARY": self.canary, "OUT": self.out, "TCP": self.tcp_port, "UDP": self.udp_port}
        for name, value in {**filled, "VICTIM": self.victim.pid}.items():
            source = source.replace(f"@{name}@", str(value))
        return source

    def breaches(self) -> list[str]:
        """What happened to them since the last time; repairs what can be repaired."""
        found = [f"listener reached: {kind}" for kind in sorted(set(self.hits))]
        self.hits.clear()
        state = self._state()
        if state != self.before:
            found.append(f"folder outside changed: {sorted(set(state.items()) ^ set(self.before.items()))[:2]}")
            self.before = state
        if self.victim.poll() is not None:
            found.append("bystander killed")
            self.victim = self._new_victim()
        else:
            if Path(f"/proc/{self.victim.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
                found.append("bystander stopped")
            if os.getpriority(os.PRIO_PROCESS, self.victim.pid) != os.getpriority(os.PRIO_PROCESS, 0):
                found.append("bystander slowed")
        return found

    def close(self) -> None:
        """End them."""
        for each in self.sockets.values():
            each.close()
        self.victim.kill()
        self.victim.wait()
        shutil.rmtree(self.out, ignore_errors=True)


def _limits(source: str) -> Limits:
    found = re.search(r"^# LIMITS: (.*)$", source, re.MULTILINE)
    if not found:
        return LIMITS
    kinds = {each.name: float if "float" in str(each.type) else int for each in fields(Limits)}
    pairs = (each.split("=") for each in found[1].split())
    return replace(LIMITS, **{name: kinds[name](value) for name, value in pairs})  # type: ignore[arg-type]


def _judge(outcome: Outcome, questions: list[np.ndarray]) -> tuple[str, list[str]]:
    """The status, with ``ok`` kept for right answers, and breaches that the candidate confessed."""
    if outcome.status != "ok":
        return outcome.status, []
    breaches = [str(each["breach"])[:100] for each in outcome.value if isinstance(each, dict) and "breach" in each]
    right = sum(
        type(answer) is float and math.isfinite(answer) and abs(answer - float((x * x).sum())) < 1e-6
        for x, answer in zip(questions, outcome.value, strict=True)
    )
    if right == len(questions):
        return "ok", breaches
    return ("score0" if right == 0 else "ok0"), breaches


def run_folder(folder: str | Path, tier: str) -> list[Row]:
    """Run every candidate of ``folder`` in ``tier``, one after the other through one server."""
    rng = np.random.default_rng(0)
    bystanders = Bystanders()
    rows: list[Row] = []
    box = Sandbox(LIMITS, tier=tier, libraries=("numpy",))
    try:
        assert box.call(HONEST, "solve", np.ones(3)).value == 3.0
        server = box.server_pid
        for path in sorted(Path(folder).glob("*.py")):
            source = path.read_text()
            expected = source.splitlines()[0].partition(":")[2].strip()
            if "score0" in expected or "ok0" in expected:
                expected += "|score0|ok0"
            questions = [rng.normal(size=50) for _ in range(3)]
            start = time.perf_counter()
            outcome = box.calls(bystanders.fill(source), "solve", [(x.copy(),) for x in questions], _limits(source))
            row = Row(path.stem, "", expected, error=outcome.error, seconds=time.perf_counter() - start)
            row.status, confessed = _judge(outcome, questions)
            if path.stem.startswith(("w", "f")) or "daemon" in path.stem:
                time.sleep(0.5 if "daemon" in path.stem else 0.01)
                # The next candidate must find everything as it was.
                again = box.call(HONEST, "solve", np.arange(4.0))
                if again.value != 14.0:
                    row.breaches.append(f"the next candidate was harmed: {again.status} {again.value!r} {again.error}")
            if "patched_clock" in path.stem or "timing_patch" in path.stem:
                if min(outcome.call_seconds, default=0.0) < 0.2:
                    row.breaches.append("the supervisor's clock was fooled")
            if box.server_pid != server:
                row.breaches.append("the server died")
                server = box.server_pid
            row.breaches += confessed + bystanders.breaches()
            rows.append(row)
        rows.append(_left_behind(box))
    finally:
        box.close()
        bystanders.close()
    return rows


def _left_behind(box: Sandbox) -> Row:
    """Nothing but the server, its inner process and its spares may be left."""
    row = Row("(what is left behind)", "ok", "ok")
    assert box.server_pid is not None
    base = box._server._base if box._server is not None else ""
    allowed = 3
    for _ in range(100):
        left = len(descendants(box.server_pid))
        folders = len(os.listdir(base)) if base else 0
        if left <= allowed and not folders:
            return row
        time.sleep(0.05)
    row.breaches.append(f"{left} processes below the server, {allowed} expected; {folders} work folders")
    return row


def as_json(rows: list[Row]) -> list[dict[str, object]]:
    """Rows as plain data."""
    return [{**asdict(row), "good": row.good} for row in rows]
