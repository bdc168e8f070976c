"""What the store keeps of a run as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from asi_evolve.records import Json

#: Where a run stands. ``interrupted``: its process ended without saying so.
RunStatus = Literal["running", "completed", "target", "budget", "stopped", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One run: its settings, where it stands and why it ended."""

    run_id: str
    """Six hexadecimal digits."""
    plugin: str
    """Name of the domain."""
    title: str = ""
    seed: int = 0
    """Seed of all randomness; -2**63 to 2**63 - 1."""
    backend: str = ""
    stage: str = ""
    """Stage that the run was asked to stop at; empty for the domain's last."""
    proposer: str = ""
    sampler: str = ""
    workers: int = 1
    rounds: int = 0
    """Rounds requested in total; seeds and baselines are not counted."""
    target: float | None = None
    """Value at which the run stops; None for none."""
    status: RunStatus = "running"
    reason: str = ""
    """One line: why it ended."""
    config: Mapping[str, Json] = field(default_factory=dict)
    """The full settings."""
    tier: str = ""
    """Isolation tier of the sandbox."""
    environment: Mapping[str, Json] = field(default_factory=dict)
    """Python, platform and package versions."""
    parent_run: str | None = None
    """The run that this one was forked from."""
    forked_at: int | None = None
    """Last round that was copied from it."""
    core_version: str = ""
    plugin_version: str = ""
    created_at: str = ""
    """UTC, ISO 8601; the store fills it in when empty."""
    ended_at: str | None = None
    objective: Mapping[str, Json] = field(default_factory=dict)
    """``name`` and ``unit`` of the value."""
