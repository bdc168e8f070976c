"""asi-evolve: autonomous research as a loop of propose, execute, score and analyze.

Everything public is here; names are imported on first use, so that ``import asi_evolve`` stays fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_EXPORTS = {
    "run": "api",
    "open_run": "api",
    "Run": "api",
    "hookimpl": "hookspecs",
    "tunable": "markers",
    "Domain": "domain",
    "Objective": "domain",
    "Backend": "domain",
    "Slot": "domain",
    "Block": "domain",
    "Stage": "domain",
    "PromotionRule": "domain",
    "Check": "domain",
    "Feature": "domain",
    "Candidate": "records",
    "Limits": "records",
    "Job": "records",
    "Execution": "records",
    "Score": "records",
    "Verdict": "records",
    "Lesson": "records",
    "Analysis": "records",
    "Experiment": "records",
    "Used": "records",
    "CognitionItem": "records",
    "Proposal": "records",
    "ProposalRequest": "records",
    "RunContext": "context",
    "AsiEvolveError": "errors",
    "UsageError": "errors",
}

# Written out, because type checkers read it.
__all__ = [
    "__version__",
    "Analysis",
    "AsiEvolveError",
    "Backend",
    "Block",
    "Candidate",
    "Check",
    "CognitionItem",
    "Domain",
    "Execution",
    "Experiment",
    "Feature",
    "Job",
    "Lesson",
    "Limits",
    "Objective",
    "PromotionRule",
    "Proposal",
    "ProposalRequest",
    "Run",
    "RunContext",
    "Score",
    "Slot",
    "Stage",
    "UsageError",
    "Used",
    "Verdict",
    "hookimpl",
    "open_run",
    "run",
    "tunable",
]

if TYPE_CHECKING:
    from asi_evolve.api import Run, open_run, run
    from asi_evolve.context import RunContext
    from asi_evolve.domain import Backend, Block, Check, Domain, Feature, Objective, PromotionRule, Slot, Stage
    from asi_evolve.errors import AsiEvolveError, UsageError
    from asi_evolve.hookspecs import hookimpl
    from asi_evolve.markers import tunable
    from asi_evolve.records import (
        Analysis,
        Candidate,
        CognitionItem,
        Execution,
        Experiment,
        Job,
        Lesson,
        Limits,
        Proposal,
        ProposalRequest,
        Score,
        Used,
        Verdict,
    )


def __getattr__(name: str) -> Any:
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module 'asi_evolve' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"asi_evolve.{module}"), name)


def __dir__() -> list[str]:
    return __all__
