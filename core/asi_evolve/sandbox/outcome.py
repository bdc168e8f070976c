"""What one job in the sandbox came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asi_evolve.records import Data, Limits, Status

__all__ = ["KEPT_EMISSIONS", "LOG_TAIL_BYTES", "Limits", "Outcome"]

#: Bytes that are kept of each of stdout and stderr.
LOG_TAIL_BYTES = 64 * 1024
#: Emissions that are kept of one job; when more come, every other older one is dropped.
KEPT_EMISSIONS = 32


@dataclass(frozen=True, slots=True)
class Outcome:
    """The supervisor's verdict on one job, and the data that came back. Nothing in the data is trusted."""

    status: Status
    """``ok, error, timeout, crash, oom, disk, killed, no_result`` or ``invalid_result``."""
    value: Data = None
    """What was returned: JSON values and arrays (tuples come back as lists); a list of them after ``calls``.
    None unless ``ok``."""
    emitted: tuple[Mapping[str, Data], ...] = ()
    """The emissions that were kept, oldest first; the last one always is."""
    truncated: bool = False
    """A limit struck, and there is an emission to fall back on."""
    cpu_seconds: float = 0.0
    """CPU time of the candidate, all threads, after set-up."""
    wall_seconds: float = 0.0
    """Time from the start of the candidate's code to its end."""
    peak_memory_mb: float = 0.0
    """Most memory (anonymous and shared) beyond what the warm server already held."""
    tier: str = ""
    """Isolation tier that the job ran in."""
    stdout_tail: str = ""
    stderr_tail: str = ""
    error: str = ""
    """One line: what went wrong and where, or empty."""
    call_seconds: tuple[float, ...] = ()
    """Seconds of each call by the supervisor's clock (sending the inputs to having the result)."""

    @property
    def log_tail(self) -> str:
        """The tail of stdout followed by that of stderr."""
        return self.stdout_tail + self.stderr_tail

    @property
    def ok(self) -> bool:
        """Whether data came back."""
        return self.status == "ok"
