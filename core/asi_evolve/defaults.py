"""What happens when a domain leaves a hook out: the configured proposer, the sandbox, the configured analyzer.

This is a plugin like any other, registered ``trylast``, so a domain's own hook comes first and may fall back to
this one by returning None. It cannot be blocked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asi_evolve.context import RunContext
from asi_evolve.errors import NotFoundError
from asi_evolve.hookspecs import hookimpl
from asi_evolve.records import Analysis, Candidate, Execution, Experiment, Job, Proposal, ProposalRequest

#: Lessons that the analyzer is shown, so that it need not write the same one again.
_KNOWN_LESSONS = 32


class Defaults:
    """The default ``inputs``, ``propose``, ``execute`` and ``analyze``."""

    @hookimpl(trylast=True)
    def inputs(self, context: RunContext, stage: str, replicate: int, seed: int) -> tuple[Mapping[str, Any], Any]:
        """No inputs, nothing hidden."""
        return {}, None

    @hookimpl(trylast=True)
    def propose(self, context: RunContext, request: ProposalRequest) -> Proposal | None:
        """Ask the configured proposer."""
        return context.proposer.propose(request) if context.proposer is not None else None

    @hookimpl(trylast=True)
    def execute(self, context: RunContext, candidate: Candidate, job: Job) -> Execution | None:
        """Run in the sandbox of the configured executor."""
        return context.executor.execute(candidate, job) if context.executor is not None else None

    @hookimpl(trylast=True)
    def analyze(self, context: RunContext, experiment: Experiment) -> Analysis | None:
        """Ask the configured analyzer, with the parent and the best before this experiment."""
        if context.analyzer is None or context.history is None:
            return None
        history = context.history
        parents = experiment.candidate.parents
        best = history.best()
        return context.analyzer.analyze(
            experiment,
            _load(history, parents[0]) if parents else None,
            _load(history, best.experiment_id) if best is not None else None,
            history,
            context.lessons.recall(_KNOWN_LESSONS) if context.lessons is not None else (),
        )


def _load(history: Any, experiment_id: str) -> Experiment | None:
    try:
        experiment: Experiment = history.experiment(experiment_id)
    except (KeyError, NotFoundError):
        return None
    return experiment
