"""Reads a model's answer. It is data from outside: anything may be missing, doubled or of another type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asi_evolve.llm.objects import AnswerError, json_object
from asi_evolve.records import Json
from asi_evolve.source.edits import Edit

#: Most characters of the words that go into the record; longer ones are cut at the end, with a mark.
MAX_WORDS = 4000
#: Most parts of each kind that are read.
MAX_PARTS = 64


def _list(properties: dict[str, Json]) -> dict[str, Json]:
    item = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {"type": "array", "items": item}


_TEXT = {"type": "string"}

#: JSON schema of an answer. Every key is required: an answer without its reasons is not one.
SCHEMA: Mapping[str, Json] = {
    "type": "object",
    "properties": {
        "motivation": _TEXT,
        "expected_effect": _TEXT,
        "used": _list({"id": _TEXT, "how": _TEXT}),
        "files": _list({"path": _TEXT, "source": _TEXT}),
        "edits": _list({"path": _TEXT, "search": _TEXT, "replace": _TEXT}),
    },
    "required": ["motivation", "expected_effect", "used", "files", "edits"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an answer says."""

    motivation: str
    expected_effect: str
    used: tuple[tuple[str, str], ...]
    """``(id, how)``, as written."""
    files: Mapping[str, str]
    edits: tuple[Edit, ...]


def parse(text: str, entry: str) -> Parsed:
    """Read an answer: one JSON object, alone or in a fence with prose around it.

    A model that cannot write code in JSON may leave ``files`` and ``edits`` empty and give the whole entry file in
    one fenced block beside the object.

    Args:
        text: The answer.
        entry: Path of the entry file, for such a block.

    Raises:
        AnswerError: If there is no such object, there are two, or a part is missing or of another type.
    """
    if not text.strip():
        raise AnswerError("the answer is empty")
    found, blocks = json_object(text)
    motivation, effect = _words(found, "motivation"), _words(found, "expected_effect")
    used = tuple((_string(row, "id", "used"), _string(row, "how", "used")) for row in _rows(found, "used"))
    files: dict[str, str] = {}
    for row in _rows(found, "files", missing_is_empty=True):
        path = _string(row, "path", "files")
        if path in files:
            raise AnswerError(f"`files` has {path!r} twice")
        files[path] = _string(row, "source", "files")
    edits = tuple(
        Edit(_string(row, "path", "edits"), _string(row, "search", "edits"), _string(row, "replace", "edits"))
        for row in _rows(found, "edits", missing_is_empty=True)
    )
    if not files and not edits:
        if len(blocks) > 1:
            raise AnswerError(f"the answer has {len(blocks)} blocks of code, and which is meant? Give it in `files`")
        if not blocks:
            raise AnswerError("the answer has neither `files` nor `edits`")
        files = {entry: blocks[0]}
    return Parsed(motivation, effect, used, files, edits)


def _words(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.strip():
        raise AnswerError(f"`{name}` is missing; say it in a sentence or two")
    text = value.strip()
    return text if len(text) <= MAX_WORDS else text[:MAX_WORDS] + " [cut]"


def _rows(found: Mapping[str, Any], name: str, *, missing_is_empty: bool = False) -> list[Mapping[str, Any]]:
    value = found.get(name)
    if value is None and missing_is_empty:
        return []
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise AnswerError(f"`{name}` must be a list of objects" + (" (it may be empty)" if name == "used" else ""))
    if len(value) > MAX_PARTS:
        raise AnswerError(f"`{name}` has {len(value)} entries, at most {MAX_PARTS} are read")
    return value


def _string(row: Mapping[str, Any], key: str, name: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise AnswerError(f"an entry of `{name}` has no text `{key}`")
    # JSON can hold half a character; no file can.
    return value.encode("utf-8", "replace").decode("utf-8")
