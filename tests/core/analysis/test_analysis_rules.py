from __future__ import annotations

import dataclasses
import time

import pytest
from asi_evolve.analysis import RuleAnalyzer
from asi_evolve.domain import Backend, Block, Domain, Objective, Slot
from asi_evolve.history import Entry, History
from asi_evolve.records import (
    Analysis,
    Candidate,
    Execution,
    Experiment,
    Job,
    Lesson,
    Limits,
    Origin,
    Score,
    Status,
    Verdict,
)
from asi_evolve.source.slots import replace_slot

BLOCKS = {
    "stay": "def move(x):\n    return x\n",
    "hop": "def move(x):\n    k = tunable(2.0, 0.0, 4.0)\n    return k * x\n",
    "crash": "def move(x):\n    return x / 0\n",
}
BASE = "from asi_evolve import tunable\n\n\ndef move(x):\n    return x\n\n\ndef solve(x):\n    return move(x)\n"
DOMAIN = Domain(
    "toy",
    "A toy",
    "",
    Objective("score"),
    {"numpy": Backend({"seed": {"c.py": BASE}}, "c.py", blocks=tuple(Block(n, "move", s) for n, s in BLOCKS.items()))},
    slots=(Slot("move"),),
)
ANALYZER = RuleAnalyzer(DOMAIN, "numpy")


def program(block: str, k: float = 2.0) -> str:
    return replace_slot(BASE, DOMAIN.slots[0], BLOCKS[block].replace("2.0", repr(k)))


def done(
    number: int,
    source: str,
    value: float | None,
    parent: Experiment | None = None,
    *,
    status: Status = "ok",
    origin: Origin = "grammar",
    block: str = "",
    **more: object,
) -> Experiment:
    parents = (parent.experiment_id,) if parent is not None else ()
    candidate = Candidate(f"r.{number}", {"c.py": source}, "c.py", "numpy", parents, origin=origin)
    metrics = {"contacts": 10.0 * (value or 0.0), "same": 1.0}
    score = Score(value, value is not None, metrics, feedback="overlap of 0.01") if status == "ok" else None
    return dataclasses.replace(
        Experiment(f"r.{number}", "r", number, candidate, status, score=score, notes={"slots": {"move": block}}),
        **more,  # type: ignore[arg-type]
    )


def past(*experiments: Experiment) -> History:
    known = {e.experiment_id: e for e in experiments}
    history = History(known.__getitem__)
    for index, experiment in enumerate(experiments):
        history.append(Entry.of(experiment, index))
    return history


A = done(1, BASE, 1.0)
B = done(2, program("hop"), 1.5, A)
HISTORY = past(A, B)


def analyze(e: Experiment, parent: Experiment | None, best: Experiment | None = B, **more: object) -> Analysis:
    return ANALYZER.analyze(e, parent, best, more.get("history", HISTORY), more.get("lessons", ()))  # type: ignore[arg-type]


def test_an_improvement_by_one_constant_is_put_down_to_it() -> None:
    report = analyze(done(3, program("hop", 3.0), 1.75, B), B)
    assert report.tags == ("new_best", "improved")
    assert "Scored 1.75, a new best above r.2 (1.5) by 0.25." in report.summary
    assert "Better than r.2 by +0.25, +1 times the run's spread: move.k from 2 to 3." in report.summary
    assert "contacts +2.5" in report.summary
    (lesson,) = report.lessons
    assert lesson.about == "constant:move.k"
    assert lesson.effect == 1.0
    assert lesson.evidence == ("r.3", "r.2")
    assert 0.5 < lesson.confidence < 1.0


def test_a_worse_block_gets_a_lesson_against_it() -> None:
    report = analyze(done(3, program("stay"), 1.25, B), B)
    assert report.tags == ("regressed",)
    (lesson,) = report.lessons
    assert (lesson.about, lesson.effect) == ("block:stay", -1.0)
    assert "stay instead of hop" in lesson.text
    assert "0.25 below the best" in report.summary


def test_blame_is_shared_among_changes() -> None:
    alone = analyze(done(3, program("hop", 3.0), 1.75, B), B).lessons[0]
    slots = (Slot("move"), Slot("solve"))
    analyzer = RuleAnalyzer(dataclasses.replace(DOMAIN, slots=slots), "numpy")
    both = program("hop", 3.0).replace("return move(x)", "return -move(x)")
    report = analyzer.analyze(done(3, both, 1.75, B), B, B, HISTORY, ())
    assert {lesson.about for lesson in report.lessons} == {"constant:move.k", "slot:solve"}
    assert all(lesson.confidence < alone.confidence for lesson in report.lessons)
    assert "together with 1 other changes" in report.lessons[0].text


@pytest.mark.parametrize(
    ("status", "tag", "words"),
    [
        ("timeout", "timeout", "time limit"),
        ("oom", "oom", "memory"),
        ("crash", "crash", "crashed: boom"),
        ("error", "error", "exception: boom"),
        ("no_result", "no_result", "without a result"),
        ("invalid_result", "invalid", "invalid"),
    ],
)
def test_failures_are_named_with_their_cause(status: Status, tag: str, words: str) -> None:
    job = Job("explore", 0, 0, "numpy", Limits())
    failed = done(3, program("crash"), None, B, status=status, executions=(Execution(job, status, error="boom"),))
    report = analyze(failed, B)
    assert tag in report.tags
    assert "failed" in report.tags
    assert words in report.summary
    assert "move: crash instead of hop" in report.summary
    assert report.lessons[0].about == "block:crash"
    assert report.lessons[0].effect == -1.0


def test_an_invalid_result_repeats_the_scorers_words() -> None:
    report = analyze(done(3, program("crash"), None, B), B)
    assert "invalid" in report.tags
    assert "overlap of 0.01" in report.summary


def test_a_refused_program_teaches_nothing_of_its_blocks() -> None:
    verdict = Verdict("duplicate", False, "the same program as r.1")
    report = analyze(done(3, BASE, None, B, status="rejected", verdicts=(verdict,)), B)
    assert "rejected" in report.tags
    assert "duplicate: the same program as r.1" in report.summary
    assert report.lessons == ()


def test_no_change_and_no_movement_are_told_apart() -> None:
    same = analyze(done(3, program("hop") + "# a comment\n", 1.5, B), B)
    assert "no_change" in same.tags
    assert same.lessons == ()
    still = analyze(done(3, program("hop", 3.0), 1.5, B), B)
    assert still.tags == ("neutral",)
    assert still.lessons[0].effect == 0.0
    assert "did not move" in still.summary


def test_before_there_is_a_spread_a_movement_still_has_a_direction() -> None:
    report = analyze(done(2, program("hop"), 1.5, A), A, A, history=past(A))
    assert report.lessons[0].effect == 0.5
    assert "+0.5" in report.lessons[0].text


def test_a_difference_within_the_noise_counts_as_none() -> None:
    noisy = [
        dataclasses.replace(e, score=dataclasses.replace(e.score, stderr=0.2))  # type: ignore[type-var]
        for e in (done(3, program("hop", 3.0), 1.7, B), B)
    ]
    report = analyze(noisy[0], noisy[1])
    assert "neutral" in report.tags
    assert "less than its noise" in report.summary
    assert report.lessons[0].effect == 0.0


def test_a_truncated_result_is_marked() -> None:
    job = Job("explore", 0, 0, "numpy", Limits())
    run = Execution(job, "ok", truncated=True)
    report = analyze(done(3, program("hop", 3.0), 1.6, B, executions=(run,)), B)
    assert "truncated" in report.tags
    assert "may not repeat" in report.summary


def test_a_plateau_is_seen_and_ended_by_a_new_best() -> None:
    flat = [A, B] + [done(i, program("hop", i / 10), 1.4, B) for i in range(3, 16)]
    report = analyze(done(16, program("hop", 3.9), 1.45, B), B, history=past(*flat))
    assert "plateau" in report.tags
    assert "No new best in 14 experiments" in report.summary
    assert "plateau" not in analyze(done(16, program("hop", 3.9), 1.6, B), B, history=past(*flat)).tags
    assert "plateau" not in analyze(done(3, program("hop", 3.9), 1.45, B), B).tags


def test_a_block_that_keeps_failing_is_called_fragile() -> None:
    failures = [done(i, program("crash"), None, B, status="error", block="crash") for i in (3, 4)]
    last = done(5, program("crash"), None, B, status="error", block="crash")
    report = analyze(last, B, history=past(A, B, *failures))
    fragile = [lesson for lesson in report.lessons if "fragile" in lesson.text]
    assert [lesson.about for lesson in fragile] == ["block:crash"]
    assert fragile[0].evidence == ("r.5", "r.3", "r.4")
    assert fragile[0].confidence == 1.0
    fewer = analyze(last, B, history=past(A, B, failures[0]))
    assert not [lesson for lesson in fewer.lessons if "fragile" in lesson.text]


def test_a_lesson_that_is_confirmed_gains_confidence_and_evidence() -> None:
    known = Lesson("before", 0.5, "constant:move.k", ("r.0",), 0.5, "r.0.l0")
    fresh = analyze(done(3, program("hop", 3.0), 1.75, B), B).lessons[0]
    again = analyze(done(3, program("hop", 3.0), 1.75, B), B, lessons=(known,)).lessons[0]
    assert again.confidence > fresh.confidence
    assert "r.0" in again.evidence
    against = analyze(done(3, program("hop", 3.0), 1.75, B), B, lessons=(dataclasses.replace(known, effect=-1.0),))
    assert against.lessons[0].confidence == fresh.confidence


def test_the_first_valid_result_and_a_failed_parent() -> None:
    first = ANALYZER.analyze(A, None, None, past(), ())
    assert first.tags == ("first", "new_best")
    failed = done(2, program("crash"), None, A, status="error")
    report = analyze(done(3, program("hop"), 1.2, failed), failed, A, history=past(A, failed))
    assert "improved" in report.tags
    assert "no valid score to compare with" in report.summary


def test_code_that_is_no_block_is_compared_too() -> None:
    report = analyze(done(3, "def solve(x):\n    return 3\n", 1.2, B, origin="llm"), B)
    assert "other code in c.py changed" in report.summary
    assert analyze(done(3, "def broken(", None, B, status="rejected"), B).tags[0] == "rejected"


def test_it_is_deterministic_and_cheap() -> None:
    child = done(3, program("hop", 3.0), 1.75, B)
    first = analyze(child, B)
    start = time.process_time()
    for _ in range(50):
        assert analyze(child, B) == first
    assert (time.process_time() - start) / 50 < 0.01
