from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from asi_evolve.domain import Backend, Block, Domain, Objective, Slot
from asi_evolve.proposers.grammar import GrammarProposer, UniformProposer
from asi_evolve.proposers.grammar.draws import mutated, uniform
from asi_evolve.records import Candidate, Experiment, ProposalRequest, Score
from asi_evolve.source.constants import Constant
from hypothesis import given, settings
from hypothesis import strategies as st

numbers = st.one_of(
    st.builds(
        lambda low, width, share, log: _constant(low, low + width, share, log, whole=False),
        st.floats(1e-3, 1e3),
        st.floats(0.0, 1e3),
        st.floats(0.0, 1.0),
        st.booleans(),
    ),
    st.builds(
        lambda low, width, share, log: _constant(low, low + width, share, log, whole=True),
        st.integers(1, 100),
        st.integers(0, 100),
        st.floats(0.0, 1.0),
        st.booleans(),
    ),
    st.builds(lambda value: Constant("f.x", value), st.one_of(st.floats(-1e6, 1e6), st.integers(-1000, 1000))),
    st.builds(lambda value: Constant("f.x", value, choices=("a", "b", 3)), st.sampled_from(["a", "b", 3])),
    st.builds(lambda value: Constant("f.x", value), st.booleans()),
)


def _constant(low: float, high: float, share: float, log: bool, *, whole: bool) -> Constant:
    value = low + share * (high - low)
    return Constant("f.x", round(value) if whole else min(max(value, low), high), low, high, log)


@settings(max_examples=200, deadline=None)
@given(numbers, st.floats(0.001, 1.0), st.integers(0, 2**32))
def test_draws_and_mutations_stay_in_the_declaration(constant: Constant, scale: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for value in (uniform(constant, rng), mutated(constant, scale, rng)):
        assert constant.problem(value) == ""
        assert not isinstance(value, np.generic)


@settings(max_examples=100, deadline=None)
@given(numbers, st.integers(0, 2**32))
def test_whole_numbers_and_choices_always_move(constant: Constant, seed: int) -> None:
    fixed = constant.low is not None and constant.low == constant.high
    if (constant.integer or constant.alternatives) and not fixed:
        assert mutated(constant, 0.01, np.random.default_rng(seed)) != constant.value


def test_a_whole_number_at_its_bound_moves_inwards() -> None:
    for value, other in ((1, 2), (9, 8)):
        constant = Constant("f.x", value, 1, 9)
        assert {mutated(constant, 1e-6, np.random.default_rng(i)) for i in range(10)} == {other}


def test_uniform_whole_numbers_reach_both_ends_evenly() -> None:
    rng = np.random.default_rng(0)
    counts = Counter(uniform(Constant("f.x", 1, 1, 4), rng) for _ in range(4000))
    assert sorted(counts) == [1, 2, 3, 4]
    assert min(counts.values()) > 850
    logs = Counter(uniform(Constant("f.x", 1, 1, 4, log=True), rng) for _ in range(4000))
    assert sorted(logs) == [1, 2, 3, 4]
    assert logs[1] > 1.8 * logs[2] > 1.8 * logs[4]


def test_the_mutation_scale_is_a_share_of_the_log_range() -> None:
    constant = Constant("f.x", 1.0, 1e-3, 1e3, log=True)
    rng = np.random.default_rng(1)
    steps = [np.log(mutated(constant, 0.1, rng)) / np.log(1e6) for _ in range(2000)]
    assert np.std(steps) == pytest.approx(0.1, rel=0.1)


# Sequences

STEPS = ("trim", "fold", "squeeze", "split")
SOURCE = 'STEPS = ["trim", "fold"]\n\n\ndef trim(x):\n    return x\n\n\ndef fold(x):\n    return x\n\n\n'
SOURCE += "def solve(x):\n    for name in STEPS:\n        x = globals()[name](x)\n    return x\n"
SEQUENCE = Domain(
    "steps",
    "Steps",
    "",
    Objective("score"),
    {
        "numpy": Backend(
            {"seed": {"c.py": SOURCE}},
            "c.py",
            blocks=tuple(Block(f"{s}_block", "STEPS", f"def {s}(x):\n    return x\n") for s in STEPS),
        )
    },
    slots=(Slot("STEPS", "sequence"),),
)


def held(files: dict[str, str]) -> list[str]:
    space: dict[str, list[str]] = {}
    exec(compile(files["c.py"], "candidate", "exec"), space)
    assert all(step in space for step in space["STEPS"])
    assert sum(f"def {step}(" in files["c.py"] for step in STEPS) == len(space["STEPS"])
    return space["STEPS"]


def test_steps_are_inserted_dropped_replaced_and_moved() -> None:
    seed = Experiment(
        "r.s0", "r", 0, Candidate("r.s0", {"c.py": SOURCE}, "c.py", "numpy"), "ok", score=Score(1.0, True)
    )
    proposer = GrammarProposer(SEQUENCE, "numpy", {})
    state = proposer.update(proposer.init(), seed, None)
    seen = Counter[str]()
    for i in range(60):
        found = proposer.propose(state, ProposalRequest(1, "r.1", seed, rng_seed=i))
        steps = held(dict(found.files))
        kind = {3: "insert", 1: "drop"}.get(len(steps), "move" if set(steps) == {"trim", "fold"} else "replace")
        seen[kind] += 1
        assert found.notes["operator"] == "steps"
        assert found.notes["slots"]["STEPS"] == " > ".join(f"{step}_block" for step in steps)
        assert "of STEPS" in found.motivation
    assert set(seen) == {"insert", "drop", "move", "replace"}


def test_crossing_takes_a_whole_sequence() -> None:
    parent = Experiment(
        "r.1", "r", 1, Candidate("r.1", {"c.py": SOURCE}, "c.py", "numpy"), "ok", score=Score(1.0, True)
    )
    other = SOURCE.replace('["trim", "fold"]', '["split"]').replace("def trim", "def split")
    other = other.replace("\n\ndef fold(x):\n    return x\n", "")
    donor = Experiment("r.2", "r", 2, Candidate("r.2", {"c.py": other}, "c.py", "numpy"), "ok", score=Score(2.0, True))
    proposer = GrammarProposer(SEQUENCE, "numpy", {})
    state = {**proposer.init(), "operators": {"cross": [500.0, 0.0, 1, 1]}}
    found = proposer.propose(state, ProposalRequest(3, "r.3", parent, (donor,)))
    assert held(dict(found.files)) == ["split"]
    assert found.parents == ("r.1", "r.2")
    assert [(u.kind, u.ref_id) for u in found.used] == [("experiment", "r.2")]


def test_the_uniform_control_draws_sequences() -> None:
    control = UniformProposer(SEQUENCE, "numpy")
    lengths = Counter[int]()
    first = Counter[str]()
    for i in range(200):
        steps = held(dict(control.propose({}, ProposalRequest(1, "r.1", None, rng_seed=i)).files))
        assert len(set(steps)) == len(steps)
        lengths[len(steps)] += 1
        first[steps[0]] += 1
    assert set(lengths) == {1, 2, 3, 4}
    assert min(lengths.values()) > 25
    assert set(first) == set(STEPS)
    assert min(first.values()) > 25
