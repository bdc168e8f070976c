"""The loop: ``round.py`` is one round from top to bottom, ``driver.py`` runs rounds until the run has ended."""

from __future__ import annotations

from asi_evolve.loop.driver import Driver, Plan
from asi_evolve.loop.evaluate import Evaluator
from asi_evolve.loop.memory import RunMemory
from asi_evolve.loop.outcome import RunOutcome, RunStatus
from asi_evolve.loop.progress import Progress, Silence
from asi_evolve.loop.round import RoundServices

__all__ = [
    "Driver",
    "Evaluator",
    "Plan",
    "Progress",
    "RoundServices",
    "RunMemory",
    "RunOutcome",
    "RunStatus",
    "Silence",
]
