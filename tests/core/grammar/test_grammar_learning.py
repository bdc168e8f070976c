from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from asi_evolve.errors import ConfigError
from asi_evolve.proposers.grammar import GrammarProposer, UniformProposer
from asi_evolve.proposers.grammar.credit import credit, ranks
from asi_evolve.proposers.grammar.frame import Grammar
from asi_evolve.records import CognitionItem, Execution, Job, Lesson, Limits, Proposal, ProposalRequest, Verdict
from asi_evolve.source.constants import read_constants
from asi_evolve.source.normalise import program_hash
from scipy import stats
from toy_grammar import ENTRY, SIZES, SLOTS, all_best, evolve, experiment, seed_experiment, toy

DOMAIN = toy()
ITEM = CognitionItem("paper-2020", "Moves that leap", "Leaps help.", "A. Author, Leaps, 2020", blocks=("move5",))


def request(seed: int, **more: object) -> ProposalRequest:
    return ProposalRequest(1, "r.1", seed_experiment(DOMAIN), rng_seed=seed, **more)  # type: ignore[arg-type]


def first_state(proposer: GrammarProposer) -> dict[str, object]:
    return proposer.update(proposer.init(), seed_experiment(DOMAIN), None)


# Learning


def test_learning_finds_the_best_blocks_in_fewer_proposals_than_uniform_draws() -> None:
    grammar, control = GrammarProposer(DOMAIN, "numpy", {}), UniformProposer(DOMAIN, "numpy")
    cap = 60
    learned, drawn = [], []
    for seed in range(20):
        learned.append(evolve(grammar, DOMAIN, seed, cap, stop=all_best)[2] or cap + 1)
        drawn.append(evolve(control, DOMAIN, 1000 + seed, cap, stop=all_best)[2] or cap + 1)
    # One-sided Mann-Whitney: under equal proposers this fails in all but one of a thousand cases.
    assert stats.mannwhitneyu(learned, drawn, alternative="less").pvalue < 1e-3
    assert np.median(learned) < 30


def test_credit_is_what_tells_good_blocks_from_bad_ones() -> None:
    _, state, _ = evolve(GrammarProposer(DOMAIN, "numpy", {}), DOMAIN, 5, 40)
    found = credit(Grammar.of(DOMAIN, "numpy"), state["rows"], np.random.default_rng(0), learn=True)
    assert int(np.argmax(found.mean["move"])) == 5
    off = credit(Grammar.of(DOMAIN, "numpy"), state["rows"], np.random.default_rng(0), learn=False)
    assert not any(effect.any() for effect in off.drawn.values())


def test_ranks() -> None:
    assert ranks([1.0, 2.0, 3.0]).tolist() == [0.0, 0.5, 1.0]
    assert ranks([None, 5.0, 5.0]).tolist() == [0.0, 0.75, 0.75]
    assert ranks([None, None]).tolist() == [0.0, 0.0]
    assert ranks([]).tolist() == []
    assert ranks([1.0, 2.0 + 1e-9, 2.0, None], 1e-6).tolist() == pytest.approx([1 / 3, 5 / 6, 5 / 6, 0.0])


def test_failures_count_against_a_block() -> None:
    proposer = GrammarProposer(DOMAIN, "numpy", {})
    seed = seed_experiment(DOMAIN)
    state = first_state(proposer)
    past, _, _ = evolve(proposer, DOMAIN, 3, 12)
    for done in past[1:]:
        failed = "move1" in done.notes["slots"].values()
        state = proposer.update(state, dataclasses.replace(done, status="ok"), seed)
        if failed:
            continue
        bad = {**done.notes, "slots": {**done.notes["slots"], "move": "move1"}, "brought": [["move", "move1"]]}
        files = {ENTRY: done.candidate.files[ENTRY]}
        from asi_evolve.domain import Slot
        from asi_evolve.source.slots import replace_slot

        block = next(b for b in DOMAIN.backends["numpy"].blocks if b.name == "move1")
        files[ENTRY] = replace_slot(files[ENTRY], Slot("move"), block.source, block.imports)
        state = proposer.update(state, experiment(done.round, files, None, bad), seed)
    found = credit(Grammar.of(DOMAIN, "numpy"), state["rows"], np.random.default_rng(0), learn=True)  # type: ignore[arg-type]
    assert int(np.argmin(found.mean["move"])) == 1
    assert state["blocks"]["move/move1"][0] > 3  # type: ignore[index]


def test_constants_that_moved_nothing_are_mutated_less() -> None:
    proposer = GrammarProposer(DOMAIN, "numpy", {})
    past, state, _ = evolve(proposer, DOMAIN, 2, 12)
    parent = next(e for e in reversed(past) if len(e.notes["constants"]) >= 6)
    state["operators"] = {"tune": [500.0, 0.0, 1, 1]}
    name = next(n for n in parent.notes["constants"] if n.endswith(".a"))
    held = parent.notes["slots"][name.split(".")[0]]

    def share() -> float:
        found = [proposer.propose(state, ProposalRequest(20, "r.20", parent, rng_seed=i)) for i in range(120)]
        return sum(name in f.notes["changed"] for f in found) / len(found)

    state["moved"] = {}
    before = share()
    state["moved"] = {f"{name}@{held}": [20, 0]}
    assert share() < before / 2


# Knowledge


def share_of(proposer: GrammarProposer, slot: str, block: str, draws: int = 150, **more: object) -> float:
    state = first_state(proposer)
    held = [proposer.propose(state, request(i, **more)).notes["slots"][slot] for i in range(draws)]
    return held.count(block) / draws


def test_cognition_raises_the_odds_of_its_blocks_and_the_switch_turns_it_off() -> None:
    options = {"cognition_boost": 6.0, "drafts": 1}  # The odds of one draft; more are chosen among by their worth.
    without = share_of(GrammarProposer(DOMAIN, "numpy", options), "move", "move5")
    boosted = share_of(GrammarProposer(DOMAIN, "numpy", options), "move", "move5", cognition=(ITEM,))
    off = share_of(GrammarProposer(DOMAIN, "numpy", options, use_cognition=False), "move", "move5", cognition=(ITEM,))
    assert boosted > 2 * without
    assert off == without


def test_blocks_that_cite_an_item_are_boosted_too() -> None:
    domain = toy(known={"stop4": ("paper-2020",)})
    proposer = GrammarProposer(domain, "numpy", {"cognition_boost": 50.0})
    plain = dataclasses.replace(ITEM, blocks=())
    assert share_of(proposer, "stop", "stop4", cognition=(plain,)) > 2 * share_of(proposer, "stop", "stop4")


def test_lessons_shift_odds_either_way() -> None:
    proposer = GrammarProposer(DOMAIN, "numpy", {"lesson_strength": 3.0, "drafts": 1})
    plain = share_of(proposer, "move", "move4")
    good = Lesson("move4 helps", 0.9, "block:move4", ("r.0",), 1.0, "r.0.l0")
    assert share_of(proposer, "move", "move4", lessons=(good,)) > 2 * plain
    bad = dataclasses.replace(good, effect=-1.0)
    assert share_of(proposer, "move", "move4", lessons=(bad,)) < plain / 2


def test_motivations_cite_what_was_used_and_say_what_changes() -> None:
    proposer = GrammarProposer(DOMAIN, "numpy", {"cognition_boost": 100.0})
    lesson = Lesson("move5 leaps far", 0.9, "block:move5", ("r.0",), 1.0, "r.7.l0")
    state = first_state(proposer)
    seen = 0
    for i in range(40):
        found = proposer.propose(state, request(i, cognition=(ITEM,), lessons=(lesson,)))
        for slot in found.notes["changed"]:
            if slot in SLOTS:
                assert f"{slot} {found.notes['slots'][slot]} instead of {slot}0" in found.motivation
        assert found.motivation.count(". ") <= 2
        if found.notes["slots"]["move"] == "move5":
            seen += 1
            assert "[paper-2020] Moves that leap" in found.motivation
            assert "lesson r.7.l0: move5 leaps far" in found.motivation
            assert {(u.kind, u.ref_id) for u in found.used} >= {("cognition", "paper-2020"), ("lesson", "r.7.l0")}
        else:
            assert "paper-2020" not in found.motivation
            assert all(u.ref_id != "paper-2020" for u in found.used)
    assert seen > 5


def test_credit_is_said_to_be_used_only_when_it_raised_the_odds() -> None:
    past, _, _ = evolve(GrammarProposer(DOMAIN, "numpy", {}), DOMAIN, 2, 40)
    assert not past[1].notes["credit_used"]
    assert any(e.notes["credit_used"] for e in past[1:])
    past, _, _ = evolve(GrammarProposer(DOMAIN, "numpy", {}, learn=False), DOMAIN, 2, 30)
    assert not any(e.notes["credit_used"] for e in past[1:])


# Programs


def test_crossing_names_both_parents_and_takes_the_constants_along() -> None:
    past, _, _ = evolve(GrammarProposer(DOMAIN, "numpy", {}), DOMAIN, 1, 40)
    crosses = [e for e in past if e.notes.get("operator") == "cross"]
    assert crosses
    by_id = {e.experiment_id: e for e in past}
    for done in crosses:
        main, other = done.candidate.parents
        for slot in SLOTS:
            sources = [by_id[ref].notes.get("slots", {}).get(slot, f"{slot}0") for ref in (main, other)]
            assert done.notes["slots"][slot] in sources


def test_tuning_changes_constants_only_and_stays_in_range() -> None:
    past, _, _ = evolve(GrammarProposer(DOMAIN, "numpy", {}), DOMAIN, 4, 40)
    by_id = {e.experiment_id: e for e in past}
    tuned = [e for e in past if e.notes.get("operator") == "tune"]
    assert tuned
    for done in tuned:
        parent = by_id[done.candidate.parents[0]]
        assert done.notes["slots"] == parent.notes["slots"]
        assert done.notes["constants"] != parent.notes["constants"]
        for constant in read_constants(done.candidate.files[ENTRY]):
            assert constant.problem(constant.value) == ""


def test_deepening_raises_counts_whatever_cpu_time_was_measured() -> None:
    proposer = GrammarProposer(DOMAIN, "numpy", {})
    past, state, _ = evolve(proposer, DOMAIN, 2, 12)
    parent = next(e for e in reversed(past) if len(e.notes["constants"]) >= 6)
    state["operators"] = {"deepen": [500.0, 0.0, 1, 1]}
    job = Job("explore", 0, 0, "numpy", Limits(cpu_s=10.0))

    def proposals(cpu_s: float) -> list[Proposal]:
        used = dataclasses.replace(parent, executions=(Execution(job, "ok", cpu_s=cpu_s),))
        return [proposer.propose(state, ProposalRequest(20, "r.20", used, rng_seed=i)) for i in range(20)]

    for found in proposals(1.0):
        assert found.notes["operator"] == "deepen"
        work = 1.0
        for name, value in found.notes["constants"].items():
            before = parent.notes["constants"][name]
            assert value == before or (name.endswith(".k") and before < value <= 100)
            work *= value / before if name.endswith(".k") else 1.0
        assert 1.0 < work < 12.0
    # What a seed proposes must not depend on a measurement.
    assert proposals(1.0) == proposals(9.9)


def test_programs_are_not_proposed_twice_while_there_are_others() -> None:
    past, _, _ = evolve(GrammarProposer(DOMAIN, "numpy", {}), DOMAIN, 0, 60)
    digests = [program_hash(e.candidate.files) for e in past]
    assert len(set(digests)) >= len(digests) - 1


def test_a_parent_that_somebody_else_wrote_takes_part() -> None:
    source = (
        "from math import *\n\ndef start():\n    return 42\n\ndef move():\n    return 1\n\ndef stop():\n    return 1\n"
    )
    source += "\ndef solve():\n    return start()\n"
    parent = experiment(1, {ENTRY: source, "util.py": "x = 1\n"}, 0.5, {})
    proposer = GrammarProposer(DOMAIN, "numpy", {})
    for i in range(20):
        found = proposer.propose(first_state(proposer), ProposalRequest(2, "r.2", parent, rng_seed=i))
        assert found.files["util.py"] == "x = 1\n"
        compile(found.files[ENTRY], "candidate", "exec")
        assert "from math import *" in found.files[ENTRY]
    assert any("start" not in c for c in found.notes["changed"])


def test_without_a_parent_the_seed_program_is_the_base() -> None:
    proposer = GrammarProposer(DOMAIN, "numpy", {})
    found = proposer.propose(proposer.init(), ProposalRequest(1, "r.1", None, mode="rewrite"))
    assert "the seed program" in found.motivation
    assert found.parents is None


def test_repair_leaves_alone_the_slot_that_failed() -> None:
    proposer = GrammarProposer(DOMAIN, "numpy", {})
    job = Job("explore", 0, 0, "numpy", Limits())
    trace = 'File "candidate.py", line 9, in solve\nFile "candidate.py", line 3, in move\nValueError: no'
    failed = Execution(job, "error", stderr_tail=trace, error="ValueError: no")
    for failure in (failed, Verdict("check", False, "move returned NaN")):
        for i in range(15):
            found = proposer.propose(first_state(proposer), request(i, mode="repair", failure=failure))
            assert found.notes["slots"]["move"] == "move0"
            assert found.motivation.startswith("Repair")


# State


def test_state_survives_json_and_resuming_changes_nothing() -> None:
    runs = [evolve(GrammarProposer(DOMAIN, "numpy", {}), DOMAIN, 9, 25, through_json=flag)[0] for flag in (False, True)]
    assert [e.candidate.files for e in runs[0]] == [e.candidate.files for e in runs[1]]


def test_the_state_is_small_and_not_changed_in_place() -> None:
    proposer = GrammarProposer(DOMAIN, "numpy", {})
    past, state, _ = evolve(proposer, DOMAIN, 1, 30)
    before = json.dumps(state)
    proposer.update(state, past[3], past[0])
    proposer.propose(state, request(1))
    assert json.dumps(state) == before
    assert len(before) < 12_000


def test_the_same_seed_gives_the_same_programs_whatever_the_hash_seed() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from toy_grammar import *;"
        "from asi_evolve.proposers.grammar import GrammarProposer;"
        "from asi_evolve.records import CognitionItem as C;"
        "d = toy(); item = C('i', 't', 'x', 's', blocks=('move5', 'start1'));"
        "past, _, _ = evolve(GrammarProposer(d, 'numpy', {}), d, 3, 25, cognition=(item,));"
        "print(hashlib.sha256(repr([(sorted(e.candidate.files.items()), e.candidate.parents, e.notes) for e in past])"
        ".encode()).hexdigest())"
    )
    folder = str(__import__("pathlib").Path(__file__).parent)
    outs = {
        subprocess.run(
            [sys.executable, "-c", code, folder],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": hash_seed, "PATH": ""},
        ).stdout
        for hash_seed in ("1", "77")
    }
    assert len(outs) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mutation_scal": 0.1}, "did you mean 'mutation_scale'"),
        ({"temperature": "hot"}, "must be a number"),
        ({"temperature": 0}, "from 0.001"),
        ({"memory": 10.5}, "whole number"),
        ({"cognition_boost": True}, "must be a number"),
    ],
)
def test_options_are_checked(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        GrammarProposer(DOMAIN, "numpy", options)


def test_a_domain_without_a_grammar_is_refused() -> None:
    with pytest.raises(ConfigError, match="no backend 'torch'"):
        UniformProposer(DOMAIN, "torch")
    with pytest.raises(ConfigError, match="no slots"):
        GrammarProposer(dataclasses.replace(DOMAIN, slots=()), "numpy", {})


# The uniform control


def test_the_uniform_control_is_uniform_and_ignores_everything_but_its_seed() -> None:
    control = UniformProposer(DOMAIN, "numpy")
    assert not control.uses_parent
    counts: dict[str, Counter[str]] = {slot: Counter() for slot in SLOTS}
    numbers, logs, choices = [], [], Counter[str]()
    for i in range(300):
        notes = control.propose({}, request(i, cognition=(ITEM,))).notes
        for slot in SLOTS:
            counts[slot][notes["slots"][slot]] += 1
        if "start.a" in notes["constants"]:
            numbers.append(notes["constants"]["start.a"])
            logs.append(notes["constants"]["start.k"])
            choices[notes["constants"]["start.c"]] += 1
    for slot in SLOTS:
        assert len(counts[slot]) == SIZES[slot]
        assert stats.chisquare(list(counts[slot].values())).pvalue > 1e-4
    assert stats.kstest(numbers, "uniform").pvalue > 1e-4
    assert stats.chisquare(list(choices.values())).pvalue > 1e-4
    assert min(logs) >= 1
    assert max(logs) <= 100
    assert abs(np.log(logs).mean() - np.log(100.5 * 0.5) / 2) < 0.4
    again = control.propose({"x": 1}, ProposalRequest(9, "r.9", None, rng_seed=3))
    assert again.files == control.propose({}, request(3)).files
    assert again.parents == ()
    assert again.used == ()
