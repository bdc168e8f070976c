"""What a proposer with learning state is: pure functions over an explicit, JSON-able state."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

from asi_evolve.records import Experiment, Proposal, ProposalRequest

State: TypeAlias = dict[str, Any]


class Proposer(Protocol):
    """Turns a request into a program. Implementations keep no state of their own."""

    name: str
    uses_parent: bool
    """False for a control that ignores the past; the loop then samples no parent."""

    def init(self) -> State:
        """The state of a new run."""
        ...

    def propose(self, state: State, request: ProposalRequest) -> Proposal:
        """One program. All randomness comes from ``request.rng_seed``; ``state`` is not changed."""
        ...

    def update(self, state: State, experiment: Experiment, parent: Experiment | None) -> State:
        """Learn from a finished experiment. Must not change its arguments; returns the new state."""
        ...
