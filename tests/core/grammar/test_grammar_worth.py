"""Which draft is made: what it promises for the work that it declares."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from asi_evolve.domain import Block, Domain, Slot
from asi_evolve.proposers.grammar import GrammarProposer
from asi_evolve.proposers.grammar.credit import NOISE_SD, Credit
from asi_evolve.proposers.grammar.frame import Grammar
from asi_evolve.proposers.grammar.worth import log_promise, log_work
from asi_evolve.records import ProposalRequest
from toy_grammar import ENTRY, SLOTS, evolve, seed_experiment, toy

HELD = {slot: f"{slot}1" for slot in SLOTS}


def with_costs(domain: Domain, costs: dict[str, float]) -> Domain:
    backend = domain.backends["numpy"]
    blocks = tuple(replace(block, cost_hint=costs.get(block.name, 1.0)) for block in backend.blocks)
    return replace(domain, backends={"numpy": replace(backend, blocks=blocks)})


def flat(grammar: Grammar, effects: dict[str, float], average: float = 0.5) -> Credit:
    drawn = {s.name: np.array([effects.get(b.name, 0.0) for b in grammar.book.of(s.name)]) for s in grammar.slots}
    return Credit(drawn, drawn, {name: np.zeros(len(d), dtype=np.int64) for name, d in drawn.items()}, average)


def test_work_multiplies_cost_hints_and_the_roots_of_counts() -> None:
    grammar = Grammar.of(with_costs(toy(), {"start1": 2.0, "move1": 3.0}), "numpy")
    assert log_work(grammar, HELD, {}) == pytest.approx(math.log(6.0))
    # The default of each k is 10; a fraction (a) and a choice (c) are no counts.
    assert log_work(grammar, HELD, {"move.k": 40, "move.a": 0.9, "move.c": "y"}) == pytest.approx(math.log(12.0))
    assert log_work(grammar, {**HELD, "start": "unknown"}, {}) == pytest.approx(math.log(3.0))


def test_work_of_a_sequence_is_the_sum_of_its_steps() -> None:
    blocks = tuple(
        Block(name, "STEPS", f"def {name}(x):\n    return x\n", cost_hint=c) for name, c in (("a", 2), ("b", 5))
    )
    domain = toy()
    seed = {ENTRY: "def a(x):\n    return x\n\n\nSTEPS = [a]\n"}
    domain = replace(
        domain,
        slots=(Slot("STEPS", "sequence"),),
        backends={"numpy": replace(domain.backends["numpy"], blocks=blocks, seeds={"seed": seed})},
    )
    assert log_work(Grammar.of(domain, "numpy"), {"STEPS": "a > b"}, {}) == pytest.approx(math.log(7.0))


@pytest.mark.parametrize("z", [-12.0, -6.1, -5.9, -1.0, 0.0, 2.0])
def test_promise_is_the_expected_improvement(z: float) -> None:
    grammar = Grammar.of(toy(), "numpy")
    grid = np.linspace(0.0, max(z, 0.0) + 12.0, 400_001)
    wanted = np.trapezoid(np.maximum(grid, 0.0) * np.exp(-0.5 * (grid - z) ** 2), grid) / math.sqrt(2 * math.pi)
    found = log_promise(grammar, HELD, flat(grammar, {"move1": 0.5 + z * NOISE_SD}))
    assert found == pytest.approx(math.log(wanted), abs=0.02)
    assert found > log_promise(grammar, HELD, flat(grammar, {"move1": 0.5 + (z - 0.1) * NOISE_SD}))


def _first(domain: Domain, **options: Any) -> list[float]:
    """Declared work of proposals from the seed program, before anything is known of any block."""
    proposer = GrammarProposer(domain, "numpy", options)
    grammar = Grammar.of(domain, "numpy")
    seed = seed_experiment(domain)
    state = proposer.update(proposer.init(), seed, None)
    out = []
    for number in range(60):
        found = proposer.propose(state, ProposalRequest(1, "r.1", seed, (), (), (), rng_seed=number))
        out.append(log_work(grammar, found.notes["slots"], found.notes["constants"]))  # type: ignore[arg-type]
    return out


def test_of_equal_promises_the_cheaper_is_made() -> None:
    domain = with_costs(toy(), {f"move{i}": 20.0 for i in (1, 2, 3)})
    dear, cheap, single = (np.mean(_first(domain, **o)) for o in ({"thrift": 0}, {}, {"drafts": 1}))
    assert cheap < dear - 0.25
    assert cheap < single - 0.25


def test_promise_is_more_than_the_odds_of_single_exchanges() -> None:
    """What the run knows of blocks decides among drafts: more of them hold the best block than of single drafts."""
    domain = toy()
    shares = []
    for drafts in (1, 12):
        kept = []
        for seed in range(6):
            past, _, _ = evolve(GrammarProposer(domain, "numpy", {"drafts": drafts}), domain, seed, 40)
            kept += [e.notes["slots"]["move"] == "move5" for e in past[20:]]
        shares.append(np.mean(kept))
    assert shares[1] > shares[0]
