"""The grammar proposer: chooses an operator, draws a program that was not seen before, and says why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from asi_evolve.domain import Domain
from asi_evolve.proposers.grammar.credit import credit
from asi_evolve.proposers.grammar.frame import Grammar
from asi_evolve.proposers.grammar.odds import knowledge
from asi_evolve.proposers.grammar.operators import OPERATORS, Draft, Scene
from asi_evolve.proposers.grammar.options import parse_options
from asi_evolve.proposers.grammar.program import Program
from asi_evolve.proposers.grammar.state import initial, margin, short, updated
from asi_evolve.proposers.grammar.words import proposal
from asi_evolve.proposers.grammar.worth import log_promise, log_work
from asi_evolve.records import Execution, Experiment, Json, Proposal, ProposalRequest, Verdict
from asi_evolve.source.tree import SourceError

#: Pseudo-counts (won, lost) of each operator before any result. Structure first: at the start of a run constants
#: of a weak program are not worth tuning.
PRIOR: Mapping[str, tuple[float, float]] = {
    "swap": (3.0, 3.0),
    "regrow": (3.0, 3.0),
    "tune": (1.0, 2.0),
    "deepen": (1.5, 2.5),
    "cross": (1.0, 3.0),
    "steps": (3.0, 3.0),
}


class GrammarProposer:
    """Grammar-guided genetic programming over the domain's building blocks, learning from results.

    The idea of deriving programs from a grammar and varying the derivations is that of R. I. McKay et al.,
    "Grammar-based genetic programming: a survey", Genetic Programming and Evolvable Machines 11 (2010),
    doi:10.1007/s10710-010-9109-y; here a derivation is one block for each slot with its constants.

    Args:
        domain: The domain; its slots and the backend's blocks and first seed program are the grammar.
        backend: One of its backends.
        options: Keys under ``[proposer]``; see :class:`GrammarOptions`.
        learn: Without it operators and blocks keep their first odds (no bandit).
        use_cognition: Without it retrieved items shift no odds.

    Raises:
        ConfigError: For an unknown option or backend, or a domain without slots or blocks.
        SourceError: If a block or the seed program is broken.
    """

    name = "grammar"
    uses_parent = True

    def __init__(
        self,
        domain: Domain,
        backend: str,
        options: Mapping[str, Json],
        *,
        learn: bool = True,
        use_cognition: bool = True,
    ) -> None:
        self.options = parse_options(options)
        self.learn = learn
        self.use_cognition = use_cognition
        self._grammar = Grammar.of(domain, backend)
        self._tolerance = domain.objective.tolerance

    def init(self) -> dict[str, Any]:
        """The state of a new run."""
        return initial(self.options)

    def update(self, state: dict[str, Any], experiment: Experiment, parent: Experiment | None) -> dict[str, Any]:
        """Learn from a finished experiment, whoever wrote its program."""
        return updated(state, experiment, parent, self._grammar, self.options, self._tolerance)

    def propose(self, state: dict[str, Any], request: ProposalRequest) -> Proposal:
        """A program that differs from the parent and, if one is found in ``redraws`` tries, from all seen before.

        Raises:
            SourceError: If no operator can make a program from the parent, not even from the seed program.
        """
        rng = np.random.default_rng(request.rng_seed)
        scene = self._scene(state, request, rng)
        seen = {*state["seen"], short(scene.parent.digest)}
        last: tuple[Draft, Program] | None = None
        for draft in self._drafts(scene):
            try:
                program = draft.make()
            except SourceError:
                continue  # These parts do not fit together; others may.
            last = draft, program
            if short(program.digest) not in seen:
                break
        if last is None:
            raise SourceError(
                f"the grammar of {self._grammar.domain} can make no other program from this parent; give its slots "
                "more blocks or constants"
            )
        return proposal(*last, scene, request, learn=self.learn)

    def _drafts(self, scene: Scene) -> Iterator[Draft]:
        """What could be proposed, the draft to try first at the front; ``redraws`` single ones at the end."""
        if self.learn and self.options.drafts > 1:
            drawn = [draft for _ in range(self.options.drafts) for draft in self._plan(scene)[:1]]
            yield from sorted(drawn, key=lambda draft: -self._worth(scene, draft))
        for _ in range(1 + self.options.redraws):
            yield from self._plan(scene)

    def _worth(self, scene: Scene, draft: Draft) -> float:
        promise = log_promise(self._grammar, draft.holds, scene.credit)
        return promise - self.options.thrift * log_work(self._grammar, draft.holds, draft.values)

    def _scene(self, state: dict[str, Any], request: ProposalRequest, rng: np.random.Generator) -> Scene:
        grammar = self._grammar
        parent = grammar.frame
        if request.parent is not None and grammar.entry in request.parent.candidate.files:
            own = grammar.program(request.parent.candidate.files)
            if own.blocks:
                parent = own
        donors = tuple(
            (experiment, grammar.program(experiment.candidate.files))
            for experiment in request.inspirations
            if grammar.entry in experiment.candidate.files
            and (request.parent is None or experiment.experiment_id != request.parent.experiment_id)
        )
        scene = Scene(
            grammar=grammar,
            options=self.options,
            parent=parent,
            donors=tuple((e, p) for e, p in donors if p.blocks),
            state=state,
            credit=credit(grammar, state["rows"], rng, learn=self.learn, tolerance=self._same(state)),
            knowledge=knowledge(grammar, request.cognition if self.use_cognition else (), request.lessons),
            rng=rng,
            learn=self.learn,
            constants={slot: tuple(parent.constants(slot)) for slot in parent.blocks},
        )
        return self._repair(scene, request) if request.mode == "repair" else scene

    def _same(self, state: dict[str, Any]) -> float:
        return margin(state["best"] or 0.0, self._tolerance)

    def _repair(self, scene: Scene, request: ProposalRequest) -> Scene:
        """The parent stays the base, so what failed is taken back; slots that the failure names are left alone."""
        named = suspects(request.failure, [slot.name for slot in scene.grammar.slots])
        return replace(scene, avoid=named if len(named) < len(scene.grammar.slots) else frozenset())

    def _plan(self, scene: Scene) -> list[Draft]:
        """One draft by an operator that applies, the operators' order drawn anew; empty if none applies."""
        for name in self._order(scene):
            draft = OPERATORS[name](scene)
            if draft is not None:
                return [draft]
        return []

    def _order(self, scene: Scene) -> list[str]:
        """The operators, the one to try first at the front."""
        names = list(OPERATORS)
        if not self.learn:
            first = [n for n in names if n in ("swap", "steps")]
            rest = [n for n in names if n not in first]
            groups = [first, rest] if scene.rng.random() < self.options.swap_probability else [rest, first]
            return [group[int(i)] for group in groups for i in scene.rng.permutation(len(group))]
        drawn: dict[str, float] = {}
        for name in names:
            won, lost = scene.state["operators"].get(name, [0.0, 0.0])[:2]
            a, b = PRIOR[name]
            drawn[name] = float(scene.rng.beta(a + won, b + lost))
        return sorted(names, key=lambda name: -drawn[name])


def suspects(failure: Execution | Verdict | None, slots: list[str]) -> frozenset[str]:
    """The slots that a failure's text names: the innermost frame of a traceback, or the message of a check."""
    if failure is None:
        return frozenset()
    if isinstance(failure, Verdict):
        return frozenset(slot for slot in slots if slot in failure.message)
    lines = [*failure.stderr_tail.splitlines(), failure.error]
    for line in reversed(lines):
        named = frozenset(slot for slot in slots if f"in {slot}" in line)
        if named:
            return named
    return frozenset()
