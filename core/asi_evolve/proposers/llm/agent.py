"""A coding agent, or a person, in the place of the researcher for one round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from asi_evolve.proposers.llm.proposer import LlmProposer
from asi_evolve.proposers.protocol import State
from asi_evolve.records import Experiment, Proposal, ProposalRequest


class AgentProposer:
    """The researcher's prompts and rules, with the author's name in the record of each program.

    Args:
        researcher: Asks whoever holds the author's answer.
        authors: Experiment id -> name of the author.
    """

    name = "llm"
    uses_parent = True

    def __init__(self, researcher: LlmProposer, authors: Mapping[str, str]) -> None:
        self._researcher = researcher
        self._authors = dict(authors)

    def init(self) -> State:
        """Nothing."""
        return {}

    def propose(self, state: State, request: ProposalRequest) -> Proposal:
        """As :meth:`LlmProposer.propose`."""
        proposal = self._researcher.propose(state, request)
        return replace(proposal, notes={**proposal.notes, "agent": self._authors[request.experiment_id]})

    def update(self, state: State, experiment: Experiment, parent: Experiment | None) -> State:
        """Nothing to learn outside the store."""
        return state
