"""Each difference is set back alone: the variants are the programs that a person would write."""

from __future__ import annotations

from pathlib import Path

from asi_evolve.domain import Backend, Block, Domain, Objective, Slot
from asi_evolve.loop.ablation import plan
from asi_evolve.plugins import load_plugins
from asi_evolve.records import Candidate

TOY = Path(__file__).parents[1] / "toy_domain.py"


def toy() -> Domain:
    return load_plugins(str(TOY)).domain


def candidate(source: str, name: str = "r.1", **more: str) -> Candidate:
    return Candidate(name, {"candidate.py": source, **more}, "candidate.py", "numpy")


def seed_source() -> str:
    return toy().backends["numpy"].seeds["plain"]["candidate.py"]


def test_slots_constants_and_a_blocks_tuning_are_set_back_one_at_a_time():
    base = candidate(seed_source(), "r.s0")
    changed = (
        seed_source()
        .replace("return tunable(1.0, low=0.0, high=5.0)", "return tunable(2.5, low=0.0, high=5.0)")
        .replace("return x * 1.0", "return x * tunable(1.7, low=1.0, high=2.0)")
    )
    made = plan(toy(), base, candidate(changed))
    assert made.left_out == ()
    found = {(v.kind, v.name): v for v in made.variants}
    assert list(found) == [("none", ""), ("constant", "base.value"), ("slot", "factor"), ("tuning", "factor constants")]
    assert found["none", ""].files["candidate.py"] == changed
    constant = found["constant", "base.value"]
    assert (constant.before, constant.after) == ("1", "2.5")
    assert constant.files["candidate.py"] == changed.replace("tunable(2.5", "tunable(1.0")
    slot = found["slot", "factor"]
    assert (slot.before, slot.after) == ("factor_plain", "factor_more")
    assert "tunable(2.5" in slot.files["candidate.py"]
    assert "return x * 1.0" in slot.files["candidate.py"]
    tuning = found["tuning", "factor constants"]
    assert "tunable(1.2, low=1.0" in tuning.files["candidate.py"]
    assert len({v.digest for v in made.variants}) == 4


def test_code_outside_the_slots_is_named_as_left_out():
    base = candidate(seed_source(), "r.s0")
    made = plan(toy(), base, candidate(seed_source().replace("bonus(factor(base()))", "bonus(base())")))
    assert [v.kind for v in made.variants] == ["none"]
    (text,) = made.left_out
    assert "outside the slots" in text


def test_further_files_are_set_back_as_a_whole():
    base = candidate(seed_source(), "r.s0", **{"a.py": "A = 1\n"})
    made = plan(toy(), base, candidate(seed_source(), "r.1", **{"a.py": "A = 2\n", "b.py": "B = 1\n"}))
    found = {v.name: v for v in made.variants[1:]}
    assert found["a.py"].files == {**made.variants[0].files, "a.py": "A = 1\n"}
    assert "b.py" not in found["b.py"].files


def test_the_steps_of_a_sequence_are_set_back_together():
    source = "def one(x):\n    return x + 1\n\n\nSTEPS = [one]\n\n\ndef solve():\n    return {}\n"
    block = Block("one", "STEPS", "def one(x):\n    return x + 1\n")
    more = Block("two", "STEPS", "def two(x):\n    return x * 2\n")
    domain = Domain(
        name="steps",
        title="",
        task_markdown="",
        objective=Objective("x"),
        backends={"numpy": Backend(seeds={"s": {"candidate.py": source}}, blocks=(block, more))},
        slots=(Slot("STEPS", kind="sequence"),),
    )
    changed = source.replace("STEPS = [one]", "def two(x):\n    return x * 2\n\n\nSTEPS = [two, one]")
    made = plan(domain, candidate(source, "r.s0"), candidate(changed))
    (_, variant) = made.variants
    assert (variant.kind, variant.before, variant.after) == ("slot", "one", "two > one")
    assert "def two" not in variant.files["candidate.py"]


def test_nothing_differs():
    base = candidate(seed_source(), "r.s0")
    assert [v.kind for v in plan(toy(), base, candidate(seed_source())).variants] == ["none"]
