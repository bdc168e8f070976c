"""The uniform control: independent programs, drawn without parents, knowledge or learning."""

from __future__ import annotations

from typing import Any

import numpy as np

from asi_evolve.domain import Domain
from asi_evolve.proposers.grammar.draws import uniform
from asi_evolve.proposers.grammar.frame import Grammar
from asi_evolve.proposers.grammar.program import Program
from asi_evolve.records import Experiment, Proposal, ProposalRequest
from asi_evolve.source.tree import SourceError

#: Draws until blocks fit together; blocks whose helpers are named after them always do.
_TRIES = 50


class UniformProposer:
    """``random``: for each slot a uniformly drawn block, each constant from its declared range.

    Constants are uniform, or log-uniform where so marked. A sequence gets a uniformly drawn number of distinct steps
    (at least one), drawn without replacement, in random order. The frame is the backend's first seed program; slots
    without blocks stay as they are there. This is the control that a learning proposer has to beat.

    Args:
        domain: The domain.
        backend: One of its backends.

    Raises:
        SourceError: If a block or the seed program does not parse or lacks what it must define.
    """

    name = "random"
    uses_parent = False

    def __init__(self, domain: Domain, backend: str) -> None:
        self._grammar = Grammar.of(domain, backend)

    def init(self) -> dict[str, Any]:
        """No state."""
        return {}

    def propose(self, state: dict[str, Any], request: ProposalRequest) -> Proposal:
        """An independent program; ``state`` and everything else in ``request`` than its seed is ignored."""
        rng = np.random.default_rng(request.rng_seed)
        for attempt in range(_TRIES):
            try:
                program = draw_program(self._grammar, rng)
                break
            except SourceError:
                if attempt == _TRIES - 1:
                    raise
        held = program.blocks
        values = {c.name: c.value for slot in held for c in program.constants(slot)}
        words = ", ".join(f"{slot} {block}" for slot, block in held.items())
        return Proposal(
            files=program.files,
            motivation=f"Drawn uniformly from the grammar: {words}.",
            expected_effect="None: an independent draw.",
            notes={"operator": "uniform", "slots": held, "changed": list(held), "constants": values},
            parents=(),
        )

    def update(self, state: dict[str, Any], experiment: Experiment, parent: Experiment | None) -> dict[str, Any]:
        """Nothing is learned."""
        return state


def draw_program(grammar: Grammar, rng: np.random.Generator) -> Program:
    """One uniform draw from the grammar."""
    program = grammar.frame
    sources: dict[str, str] = {}
    imports: list[str] = []
    for slot in grammar.slots:
        blocks = grammar.book.of(slot.name)
        if not blocks:
            continue
        if slot.kind == "sequence":
            count = int(rng.integers(1, len(blocks) + 1))
            chosen = [blocks[int(i)] for i in rng.permutation(len(blocks))[:count]]
            steps = [grammar.book.step_name(slot.name, block) for block in chosen]
            program = program.with_steps(slot.name, steps, chosen)
        else:
            block = blocks[int(rng.integers(len(blocks)))]
            sources[slot.name] = block.source
            imports += block.imports
    program = program.with_sources(sources, imports)
    values = {c.name: uniform(c, rng) for slot in grammar.slots for c in program.constants(slot.name)}
    return program.with_constants(values)
