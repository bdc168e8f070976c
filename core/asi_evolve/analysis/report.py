"""Reads a model's report on an experiment. It is data from outside: anything may be missing or of another type."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from asi_evolve.llm.objects import AnswerError, json_object
from asi_evolve.records import Json

#: The parts of a report that are prose, in order; the lessons are the fifth.
PARTS = ("design", "results", "comparison", "explanation")
#: Most characters of a part and of a lesson; longer ones are cut at the end, with a mark.
MAX_PART, MAX_LESSON = 3000, 500
#: Most lessons that are read, and tags of one.
MAX_LESSONS, MAX_TAGS = 6, 5

Direction = Literal["helps", "hurts", "unclear"]
_DIRECTIONS = ("helps", "hurts", "unclear")
_NOT_IN_A_TAG = re.compile(r"[^a-z0-9]+")

_TEXT: dict[str, Json] = {"type": "string"}
_TEXTS: dict[str, Json] = {"type": "array", "items": _TEXT}
_LESSON: dict[str, Json] = {
    "text": _TEXT,
    "direction": {"type": "string", "enum": list(_DIRECTIONS)},
    "confidence": {"type": "number"},
    "tags": _TEXTS,
    "contradicts": _TEXTS,
}

#: JSON schema of a report. Every key is required.
SCHEMA: Mapping[str, Json] = {
    "type": "object",
    "properties": {
        **dict.fromkeys(PARTS, _TEXT),
        "lessons": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": _LESSON,
                "required": list(_LESSON),
                "additionalProperties": False,
            },
        },
    },
    "required": [*PARTS, "lessons"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class ToldLesson:
    """A lesson as the model told it."""

    text: str
    direction: Direction
    """Whether what it describes helps or hurts the value."""
    confidence: float
    """0 to 1."""
    tags: tuple[str, ...]
    """Lower-case words joined by ``-``."""
    contradicts: tuple[str, ...]
    """Ids, as written."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a model says of an experiment."""

    parts: Mapping[str, str]
    lessons: tuple[ToldLesson, ...]


def parse_report(text: str) -> Report:
    """Read a report.

    Raises:
        AnswerError: If a part is missing or of another type.
    """
    if not text.strip():
        raise AnswerError("the answer is empty")
    found, _ = json_object(text)
    parts = {name: prose(found, name, MAX_PART) for name in PARTS}
    rows = found.get("lessons")
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise AnswerError("`lessons` must be a list of objects (it may be empty)")
    if len(rows) > MAX_LESSONS:
        raise AnswerError(f"`lessons` has {len(rows)} entries; give at most {MAX_LESSONS}, the most useful ones")
    return Report(parts, tuple(_lesson(row) for row in rows))


def prose(found: Mapping[str, Any], name: str, most: int) -> str:
    """The text of a key, in whole characters and at most ``most`` of them.

    Raises:
        AnswerError: If it is missing, empty or no text.
    """
    value = found.get(name)
    if not isinstance(value, str) or not value.strip():
        raise AnswerError(f"`{name}` is missing; say it in a sentence or two")
    text = value.strip().encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= most else text[:most] + " [cut]"


def _lesson(row: Mapping[str, Any]) -> ToldLesson:
    direction = row.get("direction")
    if direction not in _DIRECTIONS:
        raise AnswerError(f"`direction` of a lesson must be one of {', '.join(_DIRECTIONS)}")
    confidence = row.get("confidence")
    if isinstance(confidence, bool) or not isinstance(confidence, (int, float)) or not math.isfinite(confidence):
        raise AnswerError("`confidence` of a lesson must be a number from 0 to 1")
    if not 0 <= confidence <= 1:
        raise AnswerError(f"`confidence` of a lesson must be from 0 to 1, not {confidence:g}")
    tags = tuple(dict.fromkeys(filter(None, map(_tag, _texts(row, "tags")))))
    return ToldLesson(
        " ".join(prose(row, "text", MAX_LESSON).split()),
        cast("Direction", direction),
        float(confidence),
        tags[:MAX_TAGS],
        tuple(name.strip("` ") for name in _texts(row, "contradicts")[:16]),
    )


def _texts(row: Mapping[str, Any], key: str) -> list[str]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise AnswerError(f"`{key}` of a lesson must be a list of texts (it may be empty)")
    return [item.encode("utf-8", "replace").decode("utf-8") for item in value]


def _tag(text: str) -> str:
    """In the form of a tag: never one that names a slot, a block or a constant, which only measurements speak of."""
    return _NOT_IN_A_TAG.sub("-", text.lower()).strip("-")[:40]
