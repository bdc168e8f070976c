"""What hooks are given: the run's services as attributes, so that no hook imports a service."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from asi_evolve.domain import Domain
from asi_evolve.records import (
    Analysis,
    Candidate,
    CognitionItem,
    Execution,
    Experiment,
    Job,
    Lesson,
    Proposal,
    ProposalRequest,
)

if TYPE_CHECKING:
    import numpy as np

    from asi_evolve.history import History


class ExecutorService(Protocol):
    """Where executions run. Called from worker threads; blocks until the execution has ended."""

    def execute(self, candidate: Candidate, job: Job) -> Execution:
        """Run ``candidate`` under ``job`` inside the sandbox. Never raises for what the candidate does."""
        ...


class CognitionService(Protocol):
    """Read access to the knowledge base."""

    def search(self, query: str, k: int) -> tuple[tuple[CognitionItem, float], ...]:
        """The ``k`` nearest items with their cosine similarity, best first."""
        ...

    def get(self, item_id: str) -> CognitionItem:
        """One item; KeyError if there is none."""
        ...


class ProposerService(Protocol):
    """The configured proposer with its state. Called from worker threads, one call at a time."""

    def propose(self, request: ProposalRequest) -> Proposal:
        """One proposal for ``request``."""
        ...


class AnalyzerService(Protocol):
    """The configured analyzer."""

    def analyze(
        self,
        experiment: Experiment,
        parent: Experiment | None,
        best: Experiment | None,
        history: History,
        lessons: tuple[Lesson, ...],
    ) -> Analysis:
        """The report on ``experiment``; ``best`` is the best before it."""
        ...


class LessonService(Protocol):
    """What was learned in the run so far."""

    def recall(self, k: int) -> tuple[Lesson, ...]:
        """At most ``k`` lessons, the most telling first, one for each subject."""
        ...


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run's services. In the scorer's process only the first five fields are set."""

    run_id: str
    domain: Domain
    config: Any
    """Instance of ``Domain.config`` with the ``[domain]`` keys, or None."""
    backend: str
    workdir: Path | None = None
    """A folder for the run's own scratch files on the trusted side."""
    rng: np.random.Generator | None = None
    """For trusted code that needs randomness outside a round."""
    llm: Any = None
    """The model service, or None when the run uses no model."""
    cognition: CognitionService | None = None
    history: History | None = None
    executor: ExecutorService | None = None
    proposer: ProposerService | None = None
    analyzer: AnalyzerService | None = None
    lessons: LessonService | None = None
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("asi_evolve"))
