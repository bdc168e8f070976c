"""Renaming the ids of a run in what a fork copies, in Python and in SQL alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

#: Columns whose texts must stay as they were.
VERBATIM = frozenset(
    {"source", "files", "stdout_tail", "stderr_tail", "inputs", "outputs_ref", "artifacts", "hidden_ref"}
)


def renamer(old: str, new: str) -> Callable[[Any], Any]:
    """A function that renames ids of run ``old`` in texts and lists of texts: ``old.7`` becomes ``new.7``."""
    pattern = re.compile(rf"(?<![\w.]){re.escape(old)}(?=\.(?:\d|[sb]\d))")

    def rename(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(new, value) if old in value else value
        if isinstance(value, list):
            return [rename(item) for item in value]
        return value

    return rename


def rename_sql(column: str, kind: str) -> str:
    """The same for a column, with the parameters ``$old``, ``$pattern`` and ``$put``; DuckDB has no look-behind."""

    def renamed(text: str) -> str:
        return f"CASE WHEN contains({text}, $old) THEN regexp_replace({text}, $pattern, $put, 'g') ELSE {text} END"

    if kind == "VARCHAR[]":
        return f"list_transform({column}, lambda item: {renamed('item')})"
    return renamed(column) if kind in ("VARCHAR", "JSON") else column


def rename_params(old: str, new: str) -> dict[str, str]:
    """The parameters of :func:`rename_sql`."""
    # What follows an id is a digit or letter and what precedes one is neither, so no two matches share a character.
    return {
        "old": old,
        "pattern": rf"(^|[^\pL\pN_.]){re.escape(old)}(\.(?:\d|[sb]\d))",
        "put": rf"\1{new}\2",
    }
