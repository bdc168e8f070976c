"""The supervisor's end of the warm server: start it, hand it jobs, notice that it died, end it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from asi_evolve.errors import SandboxError
from asi_evolve.records import Limits
from asi_evolve.sandbox import channel
from asi_evolve.sandbox.paths import readable, search_paths

#: Importing the largest libraries on a cold disk takes this long at most.
_BOOT_S = 300.0
_PASSED_ON = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "MKL_CBWR", "TZ")


class ServerGoneError(Exception):
    """The server, or the cell that got a job, ended before the job had started."""


class Cell:
    """One warden with what is below it; it runs one job at a time."""

    __slots__ = ("control", "number")

    def __init__(self, number: int, control: socket.socket) -> None:
        self.number, self.control = number, control


def _environment() -> dict[str, str]:
    one = (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    )
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **dict.fromkeys(one, "1"), **passed}


def _temporary_folder() -> str:
    """Where work folders are made: the usual place, or /tmp if a user id of the jail's own could not get there."""
    usual = Path(tempfile.gettempdir()).resolve()
    if os.getuid() == 0 and any(not each.stat().st_mode & 0o001 for each in (usual, *usual.parents)):
        return "/tmp"
    return str(usual)


class Server:
    """One server process of one tier. Thread-safe."""

    def __init__(
        self,
        tier: str,
        *,
        libraries: Sequence[str],
        harness: str,
        readonly_paths: Sequence[str],
        limits: Limits,
        spares: int,
    ) -> None:
        self.tier = tier
        self.owner = os.getpid()
        self.fresh = False
        self._lock = threading.Lock()
        self._jobs = self._cells = self._busy = 0
        self._idle: list[Cell] = []
        # Cells that wait cost memory; new ones cost three forks.
        self._kept = max(spares, 2 * (os.cpu_count() or 1)) if spares else 0
        self._base = ""
        packages = str(Path(__file__).resolve().parent.parent.parent)
        boot = {
            "tier": tier,
            "libraries": list(libraries),
            "harness": harness,
            "read_only": readable(readonly_paths),
            "search": search_paths([*libraries, harness]),
            "parent": os.getpid(),
            "disk_mb": limits.disk_mb,
            "inodes": limits.inodes,
        }
        answer = self._start(packages, {**boot, "fresh": False})
        if answer.get("gone"):
            # Killed from outside while it started, perhaps: that says nothing yet about what it was to load.
            answer = self._start(packages, {**boot, "fresh": False})
        if int(str(answer.get("tasks", 0))) > 1:
            # A library started threads while it was imported: forking now could deadlock the child.
            self.fresh = True
            answer = self._start(packages, {**boot, "fresh": True})
        if "error" in answer:
            self.close()
            raise SandboxError(_explain(answer, tier))
        with contextlib.suppress(ServerGoneError):
            self._idle = [self._open() for _ in range(spares)]

    def _start(self, packages: str, boot: dict[str, object]) -> dict[str, object]:
        self._clean()
        if self.tier != "A":
            self._base = tempfile.mkdtemp(prefix="asi-evolve-box-", dir=_temporary_folder())
            # Searchable, so that a candidate with a user id of its own reaches its folder; not listable.
            Path(self._base).chmod(0o711)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        script = str(Path(__file__).resolve().with_name("server.py"))
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", script, str(theirs.fileno()), packages],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:  # no memory, no more processes, or no interpreter any more
            ours.close()
            self._clean()
            raise SandboxError(_explain({"step": "start", "error": error}, self.tier)) from error
        finally:
            theirs.close()
        self.link = ours
        ours.settimeout(_BOOT_S)
        try:
            channel.send(ours, {**boot, "base": self._base})
            answer, _ = channel.receive(ours)
        except (EOFError, OSError) as error:
            # One that is stuck is not tried again: it has had minutes.
            gone = not isinstance(error, TimeoutError)
            answer = {"step": "start", "gone": gone, "error": f"the server process ended ({str(error) or 'no answer'})"}
        ours.settimeout(None)
        if "error" in answer or answer.get("tasks", 0) != 1:
            self._end()
        return answer

    def alive(self) -> bool:
        """Whether the server process runs."""
        return self.process.poll() is None

    def submit(self, limits: dict[str, object], descriptors: Sequence[int]) -> Cell:
        """Hand a job to a cell that waits, or to a new one. ServerGoneError if the server has ended."""
        with self._lock:
            self._jobs += 1
            job = {"id": self._jobs, "limits": limits}
            while True:
                waited = bool(self._idle)
                cell = self._idle.pop() if waited else self._open()
                try:
                    channel.send(cell.control, job, descriptors)
                    self._busy += 1
                    return cell
                except OSError as error:
                    self._end_cell(cell)
                    if not waited:
                        raise ServerGoneError(str(error)) from None

    def finish(self, cell: Cell, *, again: bool, kill: bool = False) -> None:
        """Take a cell back after its job: for another one (``again``), or to end it (``kill``: at once)."""
        with self._lock:
            self._busy -= 1
            if again and len(self._idle) < self._kept:
                self._idle.append(cell)
            else:
                self._end_cell(cell, kill=kill)

    def unused(self) -> bool:
        """Whether no cell has a job."""
        with self._lock:
            return self._busy == 0

    def forget_idle(self) -> None:
        """End the cells that wait, because one of them turned out to be dead."""
        with self._lock:
            while self._idle:
                self._end_cell(self._idle.pop())

    def _open(self) -> Cell:
        self._cells += 1
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._send({"op": "cell", "id": self._cells}, [theirs.fileno()])
        except ServerGoneError:
            ours.close()
            raise
        finally:
            theirs.close()
        return Cell(self._cells, ours)

    def _end_cell(self, cell: Cell, *, kill: bool = False) -> None:
        with contextlib.suppress(OSError):
            # Reaches the warden even if a forked copy of this process holds the socket too.
            cell.control.shutdown(socket.SHUT_RDWR)
        cell.control.close()
        with contextlib.suppress(ServerGoneError):
            self._send({"op": "kill" if kill else "done", "id": cell.number})

    def _send(self, message: dict[str, object], descriptors: Sequence[int] = ()) -> None:
        try:
            channel.send(self.link, message, descriptors)
        except OSError as error:
            raise ServerGoneError(str(error)) from None

    def close(self) -> None:
        """End the server and all jobs in it. Idempotent; does nothing in a forked copy of the supervisor."""
        if os.getpid() == self.owner:
            self.forget_idle()
            self._end()
            self._clean()

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            self.link.shutdown(socket.SHUT_RDWR)
        self.link.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _clean(self) -> None:
        if self._base and Path(self._base).exists():
            from asi_evolve.sandbox.meter import remove_tree

            remove_tree(self._base)
        self._base = ""


def _explain(answer: dict[str, object], tier: str) -> str:
    reason = str(answer["error"]).replace("\n", " ")
    if answer["step"] == "import":
        return f"sandbox: the warm server cannot import what candidates need ({reason}); install it, or take it out"
    if answer["step"] == "isolate":
        return f"sandbox: tier {tier} cannot be set up here ({reason}); choose another with --sandbox"
    return f"sandbox: the warm server did not start ({reason}); see `asievolve doctor`"
