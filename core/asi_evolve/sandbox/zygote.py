"""The process that a warden's candidates are forked from. It has the libraries, and has seen nothing of any job.

A warden serves many jobs, and what it measured of one may still lie in its memory. So candidates are forked from this
process instead: it gets one byte for each, and passes on how the candidate ended without looking at it. No candidate
finds a trace of an earlier one.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from asi_evolve.sandbox import confine, meter

if TYPE_CHECKING:
    from asi_evolve.sandbox.warden import World

_PID = struct.Struct("=i")
#: Wait status, padded; then ``struct rusage``: two times (microseconds: 4 or 8 bytes, little-endian) and 14 numbers.
_END = struct.Struct("=i4xqi4xqi4x14q")
_USAGE_AT = 8


@dataclass(frozen=True, slots=True)
class End:
    """How a candidate ended, and what it used together with its own children that it waited for."""

    status: int
    """As from wait(2)."""
    cpu_s: float
    max_rss: int
    """Bytes."""


class Zygote:
    """The warden's handle on it.

    Args:
        world: What all jobs share.
        private: Descriptors of the warden that this process must not have.
    """

    def __init__(self, world: World, private: list[int]) -> None:
        self._line, line = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.gate, gate = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.pid = os.fork()
        if self.pid == 0:
            for each in (self._line, self.gate):
                each.close()
            for descriptor in private:
                os.close(descriptor)
            _serve(line, gate, world)
        line.close()
        gate.close()
        self.candidate = 0
        self.handle = -1

    def order(self) -> None:
        """Have the next candidate forked; it waits for its job at the gate. OSError if that cannot be done."""
        try:
            self._line.send(b"f")
            self.candidate = int(_PID.unpack(self._exactly(_PID.size))[0])
        except (EOFError, OSError) as error:
            raise OSError(f"a process for the candidate could not be forked ({error})") from None
        self.handle = meter.exit_handle(self.candidate)

    def fileno(self) -> int:
        """Readable once the candidate has ended."""
        return self._line.fileno()

    def kill(self) -> None:
        """SIGKILL to the candidate, and to nobody who may have its number by now."""
        try:
            if self.handle >= 0:
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)
            else:
                os.kill(self.candidate, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def end(self) -> End | None:
        """Wait until the candidate has ended; None if this process itself was ended."""
        try:
            status, user, user_us, system, system_us, max_rss, *_ = _END.unpack(self._exactly(_END.size))
        except (EOFError, OSError):
            return None
        finally:
            if self.handle >= 0:
                os.close(self.handle)
                self.handle = -1
        return End(status, user + system + (user_us + system_us) / 1e6, max_rss * (1024 if meter.LINUX else 1))

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self._line.recv(count - len(data))
            if not piece:
                raise EOFError("it has ended")
            data += piece
        return data


def _serve(line: socket.socket, gate: socket.socket, world: World) -> NoReturn:
    """One candidate after the other, each until it has ended."""
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if meter.LINUX:
            from asi_evolve.sandbox import libc

            libc.die_with_parent()
        doors = confine.Doors(world)
        c_library = ctypes.CDLL(None)
        end = ctypes.create_string_buffer(_END.size)
        usage = ctypes.byref(end, _USAGE_AT)
        # What is there now is no concern of the candidates' garbage collector.
        gc.freeze()
        while line.recv(1):
            pid = os.fork()
            if pid == 0:
                line.close()
                confine.candidate(gate, world, doors)
            line.send(_PID.pack(pid))
            # Nothing of this becomes an object of Python, which the next candidate could find.
            if c_library.wait4(pid, end, 0, usage) != pid or c_library.write(line.fileno(), end, _END.size) < 0:
                break
            ctypes.memset(end, 0, _END.size)
        else:
            code = 0
    finally:
        os._exit(code)
