"""Stands in where the domain writes its own candidates and leaves the grammar nothing to work on."""

from __future__ import annotations

from asi_evolve.errors import DomainError
from asi_evolve.proposers.protocol import State
from asi_evolve.records import Experiment, Proposal, ProposalRequest


class OwnProposer:
    """Keeps no state. It is asked only when the domain's ``propose`` hook returns None, and then says so."""

    name = "own"
    uses_parent = True

    def init(self) -> State:
        """Nothing."""
        return {}

    def propose(self, state: State, request: ProposalRequest) -> Proposal:
        """Raise DomainError: there is nothing to fall back to."""
        raise DomainError("the domain's propose() returned None, and it has neither slots nor tunable constants")

    def update(self, state: State, experiment: Experiment, parent: Experiment | None) -> State:
        """Nothing to learn."""
        return state
