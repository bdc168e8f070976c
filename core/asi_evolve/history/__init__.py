"""The in-memory view of a run's past: what samplers and analyzers need, never sources."""

from __future__ import annotations

from asi_evolve.history.entry import Entry
from asi_evolve.history.history import History

__all__ = ["Entry", "History"]
