from __future__ import annotations

import os
import subprocess
import sys

import pytest
from asi_evolve.budget import Budget, BudgetReached, Meter
from asi_evolve.domain import Backend, Domain, Objective
from asi_evolve.loop.lessons import LessonBook
from asi_evolve.loop.randomness import round_rng, round_seed
from asi_evolve.records import Lesson

DOMAIN = Domain("toy", "Toy sum", "", Objective("x"), {"numpy": Backend(seeds={"a": {"c.py": ""}}, entry="c.py")})


def test_meter_names_the_ceiling_that_is_reached() -> None:
    now = [0.0]
    meter = Meter(Budget(wall_s=10.0, cpu_s=7200.0), cpu_s=7100.0, clock=lambda: now[0])
    assert meter.exceeded() is None
    meter.add_cpu(100.0)
    assert meter.exceeded() == "the CPU budget of 2 h is used up"
    now[0] = 10.0
    assert meter.exceeded() == "the wall-time budget of 10 s is used up"


def test_meter_counts_money_and_tokens() -> None:
    meter = Meter(Budget(usd=1.0, tokens=100))
    meter.settle(meter.hold(usd=0.9, tokens=90), usd=0.4, tokens=60)
    assert meter.exceeded() is None
    meter.settle(meter.hold(usd=0.0, tokens=40), usd=0.0, tokens=40)
    assert meter.exceeded() == "the budget of 100 tokens is used up"
    assert meter.model_use == (0.4, 100)


def test_meter_sets_aside_what_questions_under_way_may_cost() -> None:
    meter = Meter(Budget(usd=1.0, tokens=1000), usd=0.1, tokens=100)
    first = meter.hold(usd=0.5, tokens=100)
    with pytest.raises(BudgetReached, match=r"0\.4 USD are left and it may cost 0\.5"):
        meter.hold(usd=0.5, tokens=100)
    assert "does not cover a further answer" in (meter.exceeded() or "")
    meter.settle(first, usd=0.2, tokens=30)
    meter.settle(meter.hold(usd=0.7, tokens=870), usd=0.0, tokens=0)
    with pytest.raises(BudgetReached, match="870 are left and it may take 871"):
        meter.hold(usd=0.0, tokens=871)


def test_a_newer_lesson_on_a_subject_replaces_the_older() -> None:
    book = LessonBook()
    book.add([Lesson("old", 0.9, "block:lp", effect=0.5), Lesson("bad", 0.9, "block:lp", effect=-0.2)])
    book.add([Lesson("new", 0.9, "block:lp", effect=0.4)])
    assert [lesson.text for lesson in book.recall(9)] == ["new", "bad"]


def test_recall_prefers_large_confident_effects() -> None:
    book = LessonBook()
    book.add([Lesson("weak", 0.1, "a", effect=0.9), Lesson("strong", 0.9, "b", effect=-0.9), Lesson("none", 1.0, "c")])
    assert [lesson.text for lesson in book.recall(2)] == ["strong", "weak"]


def test_lessons_stay_bounded() -> None:
    book = LessonBook()
    book.add(Lesson(str(i), 1.0, f"slot:{i}", effect=1.0) for i in range(2000))
    assert len(book.recall(5000)) == 512
    assert book.recall(1)[0].text == "1999"


def test_rounds_have_independent_streams() -> None:
    draws = {float(round_rng(1, number, "sample").random()) for number in range(200)}
    draws |= {float(round_rng(1, number, "propose").random()) for number in range(200)}
    draws |= {float(round_rng(2, number, "sample").random()) for number in range(200)}
    assert len(draws) == 600


def test_seeds_do_not_depend_on_the_hash_seed() -> None:
    code = "from asi_evolve.loop.randomness import round_seed as r; print([r(7, i, 'propose', 2) for i in range(4)])"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }
    assert seen == {str([round_seed(7, i, "propose", 2) for i in range(4)]) + "\n"}


def test_what_is_looked_up_does_not_hang_on_ids_or_figures() -> None:
    from asi_evolve.loop.round import _query
    from asi_evolve.records import Analysis, Candidate, Experiment, Score

    def query(run_id: str, seconds: float) -> str:
        parent = Experiment(
            experiment_id=f"{run_id}.7",
            run_id=run_id,
            round=7,
            candidate=Candidate(f"{run_id}.7", {}, "c.py", "numpy"),
            status="ok",
            score=Score(1.0, True, feedback=f"circles overlap, see {run_id}.3; it took {seconds} s"),
            analysis=Analysis(f"Better than {run_id}.s0 by 0.25: relax is lp_force now.", tags=("improved",)),
        )
        return _query(DOMAIN.title, parent)

    assert query("abcdef", 1.25) == query("123456", 9.5)
    assert {"overlap,", "lp_force", "improved"} <= set(query("abcdef", 1.25).split())
