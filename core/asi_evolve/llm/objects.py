"""Finds the JSON object in a model's answer. It is data from outside: anything may be missing or doubled."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Any

_OPENS = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)")
_CLOSES = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*")
#: Beginnings of an object in prose that are tried and turn out to be none.
MAX_TRIES = 200
_CODE = ("", "python", "py", "python3")


class AnswerError(Exception):
    """An answer cannot be used; one line for its author and for the record."""


def json_object(text: str) -> tuple[dict[str, Any], list[str]]:
    """The JSON object of an answer, and the blocks of code beside it.

    Alone, in a fence, or at the beginning of a line with prose around it.

    Raises:
        AnswerError: If there is none that can be read, or there are two.
    """
    whole = _load(text.strip())
    if isinstance(whole, dict):
        return whole, []
    objects: list[dict[str, Any]] = []
    blocks: list[str] = []
    fenced, prose = _fenced(text)
    for language, inside in fenced:
        value = _load(inside.strip())
        if isinstance(value, dict):
            objects.append(value)
        elif language.lower() in _CODE:
            blocks.append(inside)
    if not objects:
        objects = _bare(prose)
    if len(objects) > 1:
        raise AnswerError(f"the answer has {len(objects)} JSON objects; give one")
    if not objects:
        raise AnswerError("the answer has no JSON object that can be read; answer with the object alone")
    return objects[0], blocks


def _fenced(text: str) -> tuple[list[tuple[str, str]], str]:
    """``(language, text)`` of each fenced block, and what stands outside of them.

    One pass: an expression that looks for each fence's end anew takes minutes for an answer of nothing but fences.
    """
    lines = text.split("\n")
    ends: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        if closes := _CLOSES.fullmatch(line):
            ends.setdefault(closes.group(1), []).append(number)
    found: list[tuple[str, str]] = []
    prose: list[str] = []
    number = 0
    while number < len(lines):
        if opens := _OPENS.match(lines[number]):
            later = ends.get(opens.group(1), [])
            place = bisect_right(later, number)
            if place < len(later):
                found.append((opens.group(2), "".join(f"{line}\n" for line in lines[number + 1 : later[place]])))
                number = later[place] + 1
                continue
        prose.append(lines[number])
        number += 1
    return found, "\n".join(prose)


def _bare(text: str) -> list[dict[str, Any]]:
    """JSON objects in prose: those that begin a line."""
    decoder = json.JSONDecoder()
    found: list[dict[str, Any]] = []
    position = failed = 0
    for match in re.finditer(r"^[ \t]*\{", text, re.MULTILINE):
        start = match.end() - 1
        if start < position:
            continue
        try:
            value, position = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            # Each try may read to the end, so a text of nothing but beginnings would take minutes.
            failed += 1
            if failed == MAX_TRIES:
                break
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
