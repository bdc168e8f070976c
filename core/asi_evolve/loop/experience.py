"""What models said was learned, as items of experience: told twice is one item, and evidence can retire it.

The rules, the same in a run, at its resume and in its replay, because they depend on recorded lessons only:

* A lesson whose words are near those of an item, with the same direction, is that item: its experiment counts for it.
* It counts against an item if the model says that it contradicts it, or if it says the opposite in near words; but only
  if the measurement agrees: the experiment did not improve on its parent (for an item that says that something helps),
  or did not get worse (for one that says that something hurts). A model alone retires nothing.
* Each experiment counts once for an item, for it or against it.
* With at least two experiments against it, and more than for it, an item is retired: it is shown to nobody. It returns
  when there are no more against it than for it. What a person decided stays until the person decides otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from asi_evolve.records import Json, Lesson

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Cosine similarity from which two texts say the same.
SAME = 0.8
#: Experiments against an item from which it may be retired.
RETIRING = 2
#: Items kept; of those beyond, retired ones go first, then the oldest.
ITEMS = 256
#: Kinds of the events that are written when an item is retired, returns, or a person decides.
RETIRED, RETURNED, DECIDED = "lesson_retired", "lesson_returned", "lesson_decided"

Decision = Literal["", "retire", "restore"]


@dataclass(slots=True)
class Item:
    """One thing that was learned."""

    lesson: Lesson
    """As it was told first; its id names the item."""
    pro: list[str] = field(default_factory=list)
    """Experiments for it, in the order in which they ended."""
    against: list[str] = field(default_factory=list)
    decision: Decision = ""
    """What a person decided; empty if nothing was."""
    retired: bool = False

    @property
    def confidence(self) -> float:
        """0 to 0.95: what was told first, times the share of experiments for it, and 0.05 for each further one."""
        share = len(self.pro) / max(len(self.pro) + len(self.against), 1)
        return round(min(0.95, self.lesson.confidence * share + 0.05 * (len(self.pro) - 1)), 3)

    def as_lesson(self) -> Lesson:
        """In the form in which it is shown."""
        return replace(self.lesson, confidence=self.confidence, evidence=tuple(self.pro[:6]))


@dataclass(frozen=True, slots=True)
class Turn:
    """An item was retired, or returned."""

    kind: str
    item: Item

    def data(self) -> dict[str, Json]:
        """For the event."""
        return {
            "lesson_id": self.item.lesson.lesson_id,
            "text": self.item.lesson.text,
            "for": list(self.item.pro),
            "against": list(self.item.against),
        }


class Experience:
    """The items of a run. Built by taking in experiments in the order in which they ended.

    Args:
        embedder: Gives the embedder that compares texts; called when the first lesson comes.
    """

    def __init__(self, embedder: Callable[[], Any]) -> None:
        self._make = embedder
        self._embedder: Any = None
        self._items: list[Item] = []
        self._vectors: list[NDArray[np.float32]] = []

    @property
    def items(self) -> tuple[Item, ...]:
        """All, the oldest first, retired ones too."""
        return tuple(self._items)

    def take(self, experiment_id: str, lessons: Iterable[Lesson], tags: Sequence[str]) -> tuple[Turn, ...]:
        """Take in what a model told of one experiment.

        Args:
            experiment_id: Its id.
            lessons: Those of its report; others than a model's are left out.
            tags: Of its analysis: what was measured.

        Returns:
            Items that were retired or returned by it.
        """
        told = [lesson for lesson in lessons if lesson.origin == "model"]
        if not told:
            return ()
        if self._embedder is None:
            self._embedder = self._make()
        vectors = self._embedder.embed([lesson.text for lesson in told])
        moved = 1 if "improved" in tags else -1 if "regressed" in tags or "failed" in tags else 0
        touched: list[Item] = []
        for lesson, vector in zip(told, vectors, strict=True):
            touched += self._one(experiment_id, lesson, vector, moved)
        turns = [turn for item in touched if (turn := self._judge(item)) is not None]
        self._shrink()
        return tuple(turns)

    def decide(self, lesson_id: str, decision: Decision) -> None:
        """A person retires or restores an item; KeyError if there is none of that id."""
        item = next((item for item in self._items if item.lesson.lesson_id == lesson_id), None)
        if item is None:
            raise KeyError(lesson_id)
        item.decision, item.retired = decision, decision == "retire"

    def recall(self, k: int) -> tuple[Lesson, ...]:
        """At most ``k`` items that are not retired, the most confident first, the newer of equals first."""
        order = sorted(
            (number for number, item in enumerate(self._items) if not item.retired),
            key=lambda number: (-self._items[number].confidence, -number),
        )
        return tuple(self._items[number].as_lesson() for number in order[:k])

    def _one(self, experiment_id: str, lesson: Lesson, vector: NDArray[np.float32], moved: int) -> list[Item]:
        touched = [item for item in self._items if item.lesson.lesson_id in lesson.contradicts]
        for item in touched:
            self._count_against(item, experiment_id, moved)
        near = self._near(vector)
        if near is None:
            self._items.append(Item(lesson, [experiment_id]))
            self._vectors.append(vector)
        elif near.lesson.effect * lesson.effect > 0:
            if experiment_id not in (*near.pro, *near.against):
                near.pro.append(experiment_id)
            touched.append(near)
        elif near.lesson.effect * lesson.effect < 0:
            self._count_against(near, experiment_id, moved)
            touched.append(near)
        return touched

    @staticmethod
    def _count_against(item: Item, experiment_id: str, moved: int) -> None:
        agrees = moved <= 0 if item.lesson.effect > 0 else moved >= 0 if item.lesson.effect < 0 else True
        if agrees and experiment_id not in (*item.pro, *item.against):
            item.against.append(experiment_id)

    def _near(self, vector: NDArray[np.float32]) -> Item | None:
        if not self._vectors or not vector.any():
            return None
        # The last bits of a dot product depend on the machine: round before comparing.
        scores = np.round(np.stack(self._vectors) @ vector, 5)
        place = int(np.argmax(scores))
        return self._items[place] if scores[place] >= SAME else None

    @staticmethod
    def _judge(item: Item) -> Turn | None:
        if item.decision:
            return None
        retired = item.retired
        if len(item.against) >= RETIRING and len(item.against) > len(item.pro):
            item.retired = True
        elif len(item.pro) >= len(item.against):
            item.retired = False
        return Turn(RETIRED if item.retired else RETURNED, item) if item.retired != retired else None

    def _shrink(self) -> None:
        while len(self._items) > ITEMS:
            place = next((number for number, item in enumerate(self._items) if item.retired), 0)
            del self._items[place], self._vectors[place]
