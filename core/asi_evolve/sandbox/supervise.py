"""One job, from the supervisor's side: feed it, read it, hold the clock, judge what came of it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from asi_evolve.errors import SandboxError
from asi_evolve.records import Data, Limits, Status
from asi_evolve.sandbox import wire
from asi_evolve.sandbox.client import Cell, Server, ServerGoneError
from asi_evolve.sandbox.outcome import KEPT_EMISSIONS, LOG_TAIL_BYTES, Outcome

MB = 1 << 20
_CHUNK = 1 << 16
_STARTED, _STOP = b"+", b"x"  # see the warden, which this process does not load
#: After this much longer than the wall limit the warden itself is presumed stuck, and killed.
_BACKSTOP_S = 10.0
_SETUP_S = 120.0
#: All kept emissions together: bytes, in multiples of the limit for one; and marks of JSON that make values, because
#: a value takes many times the memory of its text.
_EMITTED_TOTAL = 4
_EMITTED_MARKS = 2 * wire.MAX_NODES
#: An emission costs this process more than the candidate. So many are taken at once, and so many more each second.
_EMISSIONS_AT_ONCE, _EMISSIONS_A_SECOND = 100_000, 1_000
_MARGIN = 4096  # the frame's own words around the data

_ENDS: dict[str, tuple[Status, str]] = {
    "wall": ("timeout", "over its wall-clock limit of {}"),
    "cpu": ("timeout", "over its CPU limit of {}"),
    "memory": ("oom", "over its memory: {}"),
    "disk": ("disk", "over its disk space: {}"),
    "threads": ("killed", "too many threads: {}"),
    "processes": ("killed", "too many processes: {}"),
    "gone": ("killed", "stopped from outside"),
}


_LIMITS = tuple(each.name for each in fields(Limits))


def plain(limits: Limits) -> dict[str, Data]:
    """Limits as a mapping (``asdict`` copies deeply, which shows at hundreds of jobs a second)."""
    return {name: getattr(limits, name) for name in _LIMITS}


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its frame, and the token in it, without which no answer to it counts.

    The token is drawn afresh for each call and sent with its inputs, so that no answer can be written before the
    question is asked.
    """

    frame: bytes
    token: str

    @classmethod
    def of(cls, args: Sequence[Data], kwargs: Mapping[str, Data]) -> Call:
        """Encode a call."""
        token = secrets.token_hex(8)
        return cls(wire.encode({"args": list(args), "kwargs": kwargs, "token": token}, tuples=True), token)


class _Tail:
    """The last bytes of a stream."""

    def __init__(self) -> None:
        self.data = bytearray()

    def add(self, piece: bytes) -> None:
        self.data += piece
        if len(self.data) > 4 * LOG_TAIL_BYTES:
            del self.data[:-LOG_TAIL_BYTES]

    def text(self) -> str:
        return _printable(bytes(self.data[-LOG_TAIL_BYTES:]).decode("utf-8", "replace"), "\n\t")


class Supervision:
    """Runs one job on a server.

    Args:
        server: The warm server.
        limits: Ceilings of the job.
        first: The frame that tells the child what to load (made by :mod:`asi_evolve.sandbox.wire`).
        token: What the result of a single run must carry.
        calls: The calls, sent one at a time; None for a single run.
        on_emit: Called in this thread with each emission, as it comes.
    """

    def __init__(
        self,
        server: Server,
        limits: Limits,
        first: bytes,
        token: str,
        calls: Sequence[Call] | None,
        on_emit: Callable[[dict[str, Data]], None] | None,
    ) -> None:
        self.server, self.limits, self.on_emit = server, limits, on_emit
        self.calls, self.token = calls, token
        self.outgoing = memoryview(first)
        self.incoming = bytearray()
        self.out, self.err = _Tail(), _Tail()
        self.ready = False
        self.sent_at: float | None = None
        self.results: list[Data] = []
        self.seconds: list[float] = []
        self.said: tuple[str, str] | None = None
        self.violation = ""
        self.emissions: list[tuple[bytearray, bytearray]] = []
        self.marks: list[int] = []
        self.emitted = self.emitted_bytes = self.emitted_marks = 0
        self.begun = time.monotonic()
        self.report: dict[str, Any] | None = None

    def run(self) -> Outcome:
        """Run to the end and judge. ServerGoneError if the server was gone before the job started."""
        inlet_r, inlet_w = os.pipe()
        outlet_r, outlet_w = os.pipe()
        out_r, out_w = os.pipe()
        err_r, err_w = os.pipe()
        cell: Cell | None = None
        ended = False
        try:
            try:
                cell = self.server.submit(plain(self.limits), [inlet_r, outlet_w, out_w, err_w])
            finally:
                for descriptor in (inlet_r, outlet_w, out_w, err_w):
                    os.close(descriptor)
            for descriptor in (inlet_w, outlet_r, out_r, err_r):
                os.set_blocking(descriptor, False)
            ended = self._loop(cell.control, inlet_w, outlet_r, out_r, err_r)
        finally:
            for descriptor in (inlet_w, outlet_r, out_r, err_r):
                os.close(descriptor)
            if cell is not None:
                again = ended and self.report is not None and self.report.get("again") is True
                self.server.finish(cell, again=again, kill=not ended)
        return self._judge()

    # ------------------------------------------------------------------ the loop

    def _loop(self, control: socket.socket, inlet: int, outlet: int, out: int, err: int) -> bool:
        """Until the warden reports or vanishes; False if it had to be given up."""
        poller = select.poll()
        for descriptor in (control.fileno(), outlet, out, err):
            poller.register(descriptor, select.POLLIN)
        poller.register(inlet, select.POLLOUT)
        feeding = True
        stopping = False
        report = b""
        deadline = time.monotonic() + self.limits.wall_s + _BACKSTOP_S + _SETUP_S
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            events = dict(poller.poll(left * 1000))
            if outlet in events and not self._read(outlet):
                poller.unregister(outlet)
            for descriptor, tail in ((out, self.out), (err, self.err)):
                if descriptor in events and not _drain(descriptor, tail):
                    poller.unregister(descriptor)
            self._next_call()
            if self.outgoing and not feeding:
                poller.register(inlet, select.POLLOUT)
                feeding = True
            if inlet in events or (self.outgoing and feeding):
                self._feed(inlet)
            if not self.outgoing and feeding:
                poller.unregister(inlet)
                feeding = False
            if not stopping and self._complete():
                stopping = True
                with contextlib.suppress(OSError):
                    control.send(_STOP)
                deadline = min(deadline, time.monotonic() + _BACKSTOP_S)
            if control.fileno() in events:
                try:
                    piece = control.recv(_CHUNK)
                except ConnectionError:
                    piece = b""
                report += piece
                if not piece or report.endswith(b"\n"):
                    break
        if not stopping:
            # Exactly one for each job: after its report this says that it was read.
            with contextlib.suppress(OSError):
                control.send(_STOP)
        # The candidate is dead: what it wrote before is in the pipes already.
        while self._read(outlet, once=True):
            pass
        _drain(out, self.out)
        _drain(err, self.err)
        self.report = _parsed(report)
        if self.report is None and not report.startswith(_STARTED):
            raise ServerGoneError("the server ended before the job started")
        return True

    def _complete(self) -> bool:
        return bool(self.violation) or self.said is not None or len(self.results) == self._expected()

    def _expected(self) -> int:
        return 1 if self.calls is None else len(self.calls)

    def _next_call(self) -> None:
        """Send the next call once the last one is answered, so that no answer can come before its question."""
        if self.calls is None or not self.ready or self.sent_at is not None or self._complete():
            return
        call = self.calls[len(self.results)]
        self.outgoing, self.token = memoryview(call.frame), call.token
        self.sent_at = time.perf_counter()

    def _feed(self, inlet: int) -> None:
        try:
            while self.outgoing:
                self.outgoing = self.outgoing[os.write(inlet, self.outgoing[: 1 << 20]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.outgoing = memoryview(b"")

    def _read(self, outlet: int, once: bool = False) -> bool:
        """Take what there is; False at the end of the stream (or, with ``once``, when there is nothing more)."""
        try:
            piece = os.read(outlet, 16 * _CHUNK)
        except BlockingIOError:
            return not once
        if not piece:
            return False
        if self.violation:
            return True
        self.incoming += piece
        while len(self.incoming) >= wire.PREFIX.size and not self.violation:
            try:
                header, body = wire.sizes(self.incoming, self.limits.output_mb * MB + _MARGIN)
            except wire.WireError as error:
                self.violation = str(error)
                break
            end = wire.PREFIX.size + header + body
            if len(self.incoming) < end:
                break
            middle = wire.PREFIX.size + header
            frame = self.incoming[wire.PREFIX.size : middle], self.incoming[middle:end]
            del self.incoming[:end]
            self._frame(*frame)
        return True

    def _frame(self, header: bytearray, body: bytearray) -> None:
        if header.startswith(b'{"emit":'):
            self._emission(header, body)
            return
        try:
            message = wire.decode(header, body)
        except wire.WireError as error:
            self.violation = str(error)
            return
        if type(message) is not dict or len(message) != 1:
            self.violation = "the candidate's process sent a malformed message"
            return
        ((kind, value),) = message.items()
        if kind == "result" and self._asked(value):
            if self.sent_at is not None:
                self.seconds.append(time.perf_counter() - self.sent_at)
                self.sent_at = None
            self.results.append(value[1])
        elif kind == "ready" and self.calls is not None and not self.ready:
            self.ready = True
        elif kind in ("error", "oom", "disk", "invalid", "exit", "fault") and self.said is None:
            self.said = kind, _printable(str(value if value is not None else "")[:600], "")
        else:
            self.violation = "the candidate's process sent a result that was not asked for"

    def _asked(self, value: Data) -> bool:
        """Whether this answers the question that is open: it carries the token that came with it."""
        if self._complete() or (self.calls is not None and self.sent_at is None):
            return False
        return type(value) is list and len(value) == 2 and type(value[0]) is str and value[0] == self.token

    def _emission(self, header: bytearray, body: bytearray) -> None:
        """Keep it undecoded; thin the older ones when there are many or they are large."""
        self.emitted += 1
        if self.emitted > _EMISSIONS_AT_ONCE:
            seconds = time.monotonic() - self.begun
            if self.emitted > _EMISSIONS_AT_ONCE + _EMISSIONS_A_SECOND * seconds:
                self.violation = f"it emitted {self.emitted:,} times in {seconds:.0f} s, which is too often"
                return
        if self.on_emit is not None:
            try:
                data = wire.decode(header, body)["emit"]
            except (wire.WireError, TypeError, KeyError):
                return
            if type(data) is dict:
                self.on_emit(data)
        self.emissions.append((header, body))
        self.marks.append(wire.marks(header))
        self.emitted_bytes += len(header) + len(body)
        self.emitted_marks += self.marks[-1]
        most = _EMITTED_TOTAL * self.limits.output_mb * MB
        while len(self.emissions) > KEPT_EMISSIONS or (
            len(self.emissions) > 1 and (self.emitted_bytes > most or self.emitted_marks > _EMITTED_MARKS)
        ):
            self.emissions[:-1] = self.emissions[:-1][1::2]
            self.marks[:-1] = self.marks[:-1][1::2]
            self.emitted_bytes = sum(len(each) + len(more) for each, more in self.emissions)
            self.emitted_marks = sum(self.marks)

    # ------------------------------------------------------------------ the verdict

    def _judge(self) -> Outcome:
        report = self.report
        if report is not None and "fault" in report:
            raise SandboxError(f"sandbox: it failed itself while it ran a job ({report['fault']}); please report this")
        if report is not None and "setup" in report:
            raise SandboxError(f"sandbox: a job could not be isolated ({report['setup']}); see `asievolve doctor`")
        status, error = self._verdict(report)
        value: Data = None
        if status == "ok":
            value = self.results[0] if self.calls is None else list(self.results)
        emitted = []
        for header, body in self.emissions:
            with contextlib.suppress(wire.WireError, TypeError, KeyError):
                data = wire.decode(header, body)["emit"]
                if type(data) is dict:
                    emitted.append(data)
        measured = report or {}
        return Outcome(
            status=status,
            value=value,
            emitted=tuple(emitted),
            truncated=bool(emitted) and status in ("timeout", "oom", "disk"),
            cpu_seconds=float(measured.get("cpu", 0.0)),
            wall_seconds=float(measured.get("wall", 0.0)),
            peak_memory_mb=float(measured.get("peak_mb", 0.0)),
            tier=self.server.tier,
            stdout_tail=self.out.text(),
            stderr_tail=self.err.text(),
            error=error,
            call_seconds=tuple(self.seconds),
        )

    def _verdict(self, report: dict[str, Any] | None) -> tuple[Status, str]:
        if self.violation:
            return "invalid_result", self.violation
        if len(self.results) == self._expected():
            return "ok", ""
        if self.said is not None:
            kind, text = self.said
            if kind == "invalid":
                return "invalid_result", text
            if kind == "exit":
                return "no_result", "the program called sys.exit() before it returned a result"
            if kind == "fault":
                # Said by a process that the candidate shares: believed as far as it harms nobody but the candidate.
                return "killed", f"the sandbox itself failed: {text}"
            if kind == "oom":
                return "oom", f"out of memory ({self.limits.memory_mb} MB): {text}"
            if kind == "disk":
                return "disk", f"out of disk space ({self.limits.disk_mb} MB): {text}"
            return "error", text
        if report is None:
            return "killed", "its process was ended from outside (the sandbox was closed, or its server died)"
        end, detail = report["end"], report["detail"]
        if end in _ENDS:
            status, words = _ENDS[end]
            return status, words.format(detail)
        number = int(report["signal"])
        if number in (signal.SIGXCPU, signal.SIGKILL) and report["cpu"] >= self.limits.cpu_s:
            return "timeout", f"over its CPU limit of {self.limits.cpu_s:g} s"
        if number == signal.SIGKILL:
            return "killed", "killed (SIGKILL): perhaps by the kernel, short of memory"
        if number == signal.SIGXFSZ:
            return "disk", f"a file grew over the limit of {self.limits.disk_mb} MB"
        if number:
            try:
                name = signal.Signals(number).name
            except ValueError:
                name = "unknown"
            return "crash", f"died of signal {number} ({name})"
        return "no_result", f"ended with exit code {report['code']} before it returned a result"


def _parsed(report: bytes) -> dict[str, Any] | None:
    """The warden's report, or None if it ended before it was complete."""
    try:
        found = json.loads(report.removeprefix(_STARTED))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _printable(text: str, also: str) -> str:
    """``text`` without what a terminal would obey: control characters become spaces, but those in ``also``."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in also else " " for each in text)


def _drain(descriptor: int, tail: _Tail) -> bool:
    """Read what there is, up to 1 MB at a time; False at the end of the stream."""
    for _ in range(16):
        try:
            piece = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return True
        if not piece:
            return False
        tail.add(piece)
    return True
