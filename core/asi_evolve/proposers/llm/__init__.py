"""The proposer with a language model behind it."""

from __future__ import annotations

from asi_evolve.proposers.llm.agent import AgentProposer
from asi_evolve.proposers.llm.proposer import LlmProposer, Model

__all__ = ["AgentProposer", "LlmProposer", "Model"]
