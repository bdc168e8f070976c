"""Where executions and scores are made: the local pool of sandboxed jobs, and the trusted scorer processes."""

from __future__ import annotations

from typing import Protocol

from asi_evolve.context import ExecutorService
from asi_evolve.executors.local import LocalExecutor, execution_of
from asi_evolve.executors.scorer import ScorerPool, ScorerSetup
from asi_evolve.executors.slots import Resources

__all__ = ["Executor", "LocalExecutor", "Resources", "ScorerPool", "ScorerSetup", "execution_of"]


class Executor(ExecutorService, Protocol):
    """An executor as the loop uses it. Kept this narrow so that a cluster can stand behind it."""

    name: str
    tier: str
    """Isolation tier that its executions have."""

    def close(self) -> None:
        """Stop everything; executions in flight come back with status ``killed``."""
        ...
