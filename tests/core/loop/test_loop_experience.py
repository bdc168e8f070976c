"""Items of experience: told twice is one, evidence retires and returns, and what is recorded gives the same again."""

from __future__ import annotations

import pytest
from asi_evolve.cognition import HashingEmbedder
from asi_evolve.loop.experience import ITEMS, RETIRED, RETURNED, Experience
from asi_evolve.loop.lessons import FrozenLessons, LessonBook
from asi_evolve.records import Lesson

UP, DOWN, FLAT = ("improved",), ("regressed",), ("neutral",)


def told(number: int, text: str, effect: float = 1.0, contradicts: tuple[str, ...] = ()) -> Lesson:
    return Lesson(
        text, 0.5, "tag", (f"r.{number}",), effect, f"r.{number}.l0", origin="model", tags=("tag",),
        contradicts=contradicts,
    )  # fmt: skip


def book() -> Experience:
    made = Experience(HashingEmbedder)
    made.take("r.1", [told(1, "A smaller step near the wall keeps circles apart.")], UP)
    return made


def test_the_same_words_from_another_experiment_are_the_same_item_with_more_evidence() -> None:
    made = book()
    made.take("r.2", [told(2, "A smaller step near the wall keeps the circles apart!")], UP)
    made.take("r.3", [told(3, "Sort by radius before placing.")], UP)
    assert [(item.lesson.lesson_id, item.pro) for item in made.items] == [
        ("r.1.l0", ["r.1", "r.2"]),
        ("r.3.l0", ["r.3"]),
    ]
    assert [lesson.lesson_id for lesson in made.recall(5)] == ["r.1.l0", "r.3.l0"]
    assert made.recall(1)[0].confidence == 0.55
    assert made.recall(1)[0].evidence == ("r.1", "r.2")


def test_two_measured_contradictions_retire_an_item_and_later_support_brings_it_back() -> None:
    made = book()
    assert made.take("r.2", [told(2, "Steps did not matter.", 0.0, ("r.1.l0",))], DOWN) == ()
    (turn,) = made.take("r.3", [told(3, "A smaller step near the wall keeps circles apart.", -1.0)], FLAT)
    assert (turn.kind, turn.item.against) == (RETIRED, ["r.2", "r.3"])
    assert turn.data()["lesson_id"] == "r.1.l0"
    assert "r.1.l0" not in [lesson.lesson_id for lesson in made.recall(9)]
    (turn,) = made.take("r.4", [told(4, "A smaller step near the wall keeps circles apart.")], UP)
    assert turn.kind == RETURNED
    assert "r.1.l0" in [lesson.lesson_id for lesson in made.recall(9)]


def test_a_model_alone_retires_nothing() -> None:
    """It says "contradicted", and the measurement says that the experiment improved."""
    made = book()
    for number in range(2, 8):
        assert made.take(f"r.{number}", [told(number, f"Other {number}.", 0.0, ("r.1.l0",))], UP) == ()
    assert made.items[0].against == []
    made.take("r.9", [told(9, "Anything at all.", 0.0, ("r.1.l0", "r.1.l0", "r.77.l0"))], DOWN)
    made.take("r.9", [told(9, "And again.", 0.0, ("r.1.l0",))], DOWN)
    assert made.items[0].against == ["r.9"], "one experiment counts once"
    assert not made.items[0].retired


def test_what_a_person_decided_stays() -> None:
    made = book()
    made.decide("r.1.l0", "restore")
    for number in (2, 3, 4):
        assert made.take(f"r.{number}", [told(number, "No.", 0.0, ("r.1.l0",))], DOWN) == ()
    assert not made.items[0].retired
    made.decide("r.1.l0", "retire")
    assert made.items[0].retired
    with pytest.raises(KeyError):
        made.decide("r.8.l0", "retire")


def test_measured_lessons_are_not_items_and_told_ones_are_not_in_the_book_of_measured_ones() -> None:
    made = Experience(HashingEmbedder)
    assert made.take("r.1", [Lesson("x", 0.5, "block:a", (), 1.0, "r.1.l0")], UP) == ()
    assert made.items == ()
    measured = LessonBook()
    measured.add([told(1, "x")])
    assert measured.recall(5) == ()


def test_both_kinds_are_shown_and_the_number_of_items_is_bounded() -> None:
    kinds = FrozenLessons((Lesson("m", 0.5, "block:a"),) * 20, (told(1, "t"),) * 20)
    assert [lesson.origin for lesson in kinds.recall(12)] == ["rules"] * 6 + ["model"] * 6
    assert len(FrozenLessons((Lesson("m", 0.5, "block:a"),), (told(1, "t"),) * 20).recall(12)) == 12
    assert FrozenLessons((Lesson("m", 0.5, "block:a"),) * 3).recall(2) == (Lesson("m", 0.5, "block:a"),) * 2
    made = Experience(HashingEmbedder)
    for number in range(ITEMS + 5):
        made.take(f"r.{number}", [told(number, f"subject{number} matters{number}")], UP)
    assert len(made.items) == ITEMS
    assert made.items[-1].lesson.lesson_id == f"r.{ITEMS + 4}.l0"
