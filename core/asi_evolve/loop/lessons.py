"""The lessons of a run, kept small: the newest telling lesson on each subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from asi_evolve.records import Lesson

#: Subjects kept; the oldest goes first. Older lessons stay in the store.
SUBJECTS = 512


@dataclass(frozen=True, slots=True)
class _Known:
    lesson: Lesson
    order: int


class LessonBook:
    """One lesson for each subject (``Lesson.about``) and direction; a newer one takes the place of an older."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bool], _Known] = {}
        self._count = 0

    def add(self, lessons: Iterable[Lesson]) -> None:
        """Take in the lessons of one experiment, those that were measured."""
        for lesson in lessons:
            if lesson.origin != "rules":
                continue
            key = (lesson.about, lesson.effect >= 0)
            self._known.pop(key, None)
            self._known[key] = _Known(lesson, self._count)
            self._count += 1
        while len(self._known) > SUBJECTS:
            del self._known[next(iter(self._known))]

    def recall(self, k: int) -> tuple[Lesson, ...]:
        """At most ``k`` lessons: those with the largest confident effect first, the newer of equals first."""
        ranked = sorted(
            self._known.values(),
            key=lambda known: (-known.lesson.confidence * min(abs(known.lesson.effect), 1.0), -known.order),
        )
        return tuple(known.lesson for known in ranked[:k])


@dataclass(frozen=True, slots=True)
class FrozenLessons:
    """The lessons as they stood when a round began."""

    lessons: tuple[Lesson, ...]
    """Measured ones."""
    told: tuple[Lesson, ...] = ()
    """What models said (:mod:`asi_evolve.loop.experience`)."""

    def recall(self, k: int) -> tuple[Lesson, ...]:
        """At most ``k``, the first of each kind: half of them told ones, where there are enough of both."""
        told = self.told[: max(k // 2, k - len(self.lessons))]
        return (*self.lessons[: k - len(told)], *told)
