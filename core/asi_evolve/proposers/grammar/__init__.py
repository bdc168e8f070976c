"""The embedded proposer: grammar-guided genetic programming, and its uniform control."""

from __future__ import annotations

from asi_evolve.proposers.grammar.implied import with_implied_slots
from asi_evolve.proposers.grammar.proposer import GrammarProposer
from asi_evolve.proposers.grammar.uniform import UniformProposer

__all__ = ["GrammarProposer", "UniformProposer", "with_implied_slots"]
