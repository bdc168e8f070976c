from __future__ import annotations

import pytest
from asi_evolve.domain import Backend, Domain, Objective
from asi_evolve.errors import ConfigError
from asi_evolve.proposers.grammar import GrammarProposer, with_implied_slots
from asi_evolve.records import Candidate, Experiment, ProposalRequest

TUNABLE = """from asi_evolve import tunable

def weight():
    return tunable(1.0, low=0.0, high=4.0)

def solve():
    return {"x": weight()}
"""
OTHER = TUNABLE.replace('"x": weight()', '"x": 2.0 * weight()')
FIXED = "def solve():\n    return {'x': 1.0}\n"


def domain(*sources: str) -> Domain:
    seeds = {f"seed{i}": {"candidate.py": source} for i, source in enumerate(sources)}
    return Domain("small", "Small", "", Objective("x"), {"numpy": Backend(seeds=seeds)})


def test_marked_constants_are_enough_for_a_grammar() -> None:
    seen = with_implied_slots(domain(TUNABLE), "numpy")
    assert [slot.name for slot in seen.slots] == ["weight"]
    proposer = GrammarProposer(seen, "numpy", {})
    seed = Experiment("r.s0", "r", 0, Candidate("r.s0", {"candidate.py": TUNABLE}, "candidate.py", "numpy"), "ok")
    values = set()
    for i in range(6):
        request = ProposalRequest(1, "r.1", seed, rng_seed=i)
        values.add(proposer.propose(proposer.init(), request).files["candidate.py"])
    assert len(values) == 6
    assert all("2.0 * weight()" not in source for source in values)


def test_seeds_that_differ_are_each_others_blocks() -> None:
    seen = with_implied_slots(domain(TUNABLE, OTHER), "numpy")
    assert [slot.name for slot in seen.slots] == ["weight", "solve"]
    blocks = seen.backends["numpy"].blocks
    assert [block.name for block in blocks] == ["weight_of_seed0", "solve_of_seed0", "solve_of_seed1"]


def test_nothing_to_change_is_said_with_the_mend() -> None:
    with pytest.raises(ConfigError, match=r"nothing to change.*tunable"):
        with_implied_slots(domain(FIXED), "numpy")


def test_the_smallest_domain_runs_from_a_file(tmp_path) -> None:
    """The smallest domain, from a file: ``domain`` and ``score``, no slots, no blocks."""
    import asi_evolve as ae

    plugin = tmp_path / "smallest.py"
    plugin.write_text(
        "from asi_evolve import Backend, Domain, Objective, Score, hookimpl\n"
        f"SEED = {TUNABLE!r}\n"
        "@hookimpl\n"
        "def domain():\n"
        "    return Domain('smallest', 'Smallest', '', Objective('x'),\n"
        "                  {'numpy': Backend(seeds={'s': {'candidate.py': SEED}})})\n"
        "@hookimpl\n"
        "def score(context, candidate, execution, hidden):\n"
        "    return Score(execution.outputs['x'], True)\n"
    )
    run = ae.run(str(plugin), rounds=8, seed=1, workers=1, db=tmp_path / "s.duckdb")
    best = run.best()
    assert best is not None
    assert best.value is not None
    assert best.value > 1.0
