"""Equal programs are found whatever their comments and layout."""

from __future__ import annotations

from asi_evolve.checks import DuplicateIndex, NoNovelty, check_duplicate
from asi_evolve.records import Candidate
from asi_evolve.source.normalise import program_hash


def test_the_first_experiment_with_a_program_stays() -> None:
    index = DuplicateIndex()
    assert index.find("h") is None
    index.add("h", "r.1")
    index.add("h", "r.2")
    assert index.find("h") == "r.1"
    assert len(index) == 1


def test_comments_and_layout_do_not_make_a_program_new() -> None:
    index = DuplicateIndex()
    first = {"candidate.py": "def solve(n):\n    return n + 1\n"}
    index.add(program_hash(first), "r.3")
    same = {"candidate.py": '# other words\ndef solve(n):\n    """Adds one."""\n    return (n+1)\n'}
    verdict = check_duplicate(same, index)
    assert not verdict.passed
    assert verdict.check == "duplicate"
    assert "r.3" in verdict.message
    assert verdict.details["experiment_id"] == "r.3"
    other = check_duplicate({"candidate.py": "def solve(n):\n    return n + 2\n"}, index)
    assert other.passed
    assert index.find(other.details["hash"]) is None  # looking does not add


def test_no_novelty_judge_refuses_nothing() -> None:
    candidate = Candidate("r.1", {"candidate.py": ""}, "candidate.py", "numpy")
    verdict = NoNovelty().judge(candidate, 0, "")
    assert verdict.passed
    assert verdict.check == "novelty"
