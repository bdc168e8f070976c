"""How a run ended, and what the exit status says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RunStatus = Literal["completed", "target", "budget", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The end of a run (of this process's part of it)."""

    status: RunStatus
    reason: str
    """One sentence."""
    exit_code: int
    """0 rounds or target reached with a valid result; 1 failed or ended short, 3 budget, 128 + N signal."""
    done: int
    """Rounds finished in the run, earlier parts included."""
    requested: int
    wall_s: float
    """Wall seconds of this process's part."""
    cpu_s: float
    """CPU seconds of candidates, earlier parts and the final recheck included."""
    recheck: str = ""
    """What a second execution of the best gave, in one sentence; empty if it was not made."""
    reproduced: bool | None = None
    """Whether the second execution gave the same value within the domain's tolerance."""
