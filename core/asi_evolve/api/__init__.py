"""The Python interface: start, resume and fork runs, and look at finished or live ones."""

from __future__ import annotations

from asi_evolve.api.assemble import plan
from asi_evolve.api.handoff import Brief, Submitted, brief, submit
from asi_evolve.api.replay import ReplayOutcome, replay
from asi_evolve.api.start import fork, resume, run, start
from asi_evolve.api.view import Run, open_run
from asi_evolve.loop.outcome import RunOutcome
from asi_evolve.loop.progress import Progress

__all__ = [
    "Brief",
    "Progress",
    "ReplayOutcome",
    "Run",
    "RunOutcome",
    "Submitted",
    "brief",
    "fork",
    "open_run",
    "plan",
    "replay",
    "resume",
    "run",
    "start",
    "submit",
]
