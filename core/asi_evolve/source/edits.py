"""Applies what an author writes to a program: whole files, and edits that say what to search and what to put there.

There is one rule: all of it is applied, or nothing is. An edit whose text is not there, or is there twice, is a failure
that says so; so is an answer that changes nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from asi_evolve.errors import UsageError
from asi_evolve.source.tree import unify_newlines


class EditError(UsageError):
    """An edit cannot be applied; the message says which, and why."""


#: Lines that are compared in all to look at the indentation of places with the right lines.
_MOST_LINES = 2_000_000


@dataclass(frozen=True, slots=True)
class Edit:
    """In file ``path``, put ``replace`` where ``search`` stands."""

    path: str
    search: str
    replace: str


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    text: str
    number: int


def apply_answer(
    base: Mapping[str, str],
    files: Mapping[str, str],
    edits: Sequence[Edit],
    *,
    editable: Sequence[str] = ("*",),
) -> dict[str, str]:
    """The program that ``files`` and ``edits`` make of ``base``.

    Every edit is looked up in ``base``, so their order has no meaning and none can match what another one wrote.

    Args:
        base: Relative path -> source, of the program that is changed.
        files: Whole files that are new or take the place of those in ``base``; all others stay.
        edits: Changes of files of ``base``.
        editable: Patterns of the paths that may be changed or added.

    Returns:
        All files, those that were not touched included. Line ends are ``\\n`` in the files that were edited.

    Raises:
        EditError: If a part cannot be applied, touches a file that may not be changed, or nothing is changed.
    """
    if not files and not edits:
        raise EditError("the answer has neither files nor edits")
    result = dict(base)
    for path in sorted({edit.path for edit in edits}):
        if path in files:
            raise EditError(f"{path} is given whole and edited too; do one of them")
        if path not in base:
            raise EditError(
                f"there is no file {path!r} to edit; the program has {', '.join(sorted(base))}; give a new file whole"
            )
        result[path] = _edited(path, base[path], [(i, e) for i, e in enumerate(edits, start=1) if e.path == path])
    result.update(files)
    refused = forbidden_changes(base, result, editable)
    if refused:
        raise EditError(f"{refused[0]} may not be changed (files that may: {', '.join(editable)}); leave it as it is")
    if result == dict(base):
        raise EditError("the answer changes nothing: the program is the same as before")
    return result


def forbidden_changes(base: Mapping[str, str], changed: Mapping[str, str], editable: Sequence[str]) -> list[str]:
    """Paths that differ between two programs, or are in one only, and match no pattern of ``editable``; sorted."""
    return sorted(
        path
        for path in {*base, *changed}
        if base.get(path) != changed.get(path) and not any(fnmatchcase(path, pattern) for pattern in editable)
    )


def _edited(path: str, source: str, edits: Sequence[tuple[int, Edit]]) -> str:
    """``source`` with all edits, or an error."""
    text = unify_newlines(source)
    places = sorted((_place(path, text, number, edit) for number, edit in edits), key=lambda place: place.start)
    for before, after in itertools.pairwise(places):
        if after.start < before.end:
            raise EditError(f"edits {before.number} and {after.number} of {path} overlap; join them into one")
    for place in reversed(places):
        text = text[: place.start] + place.text + text[place.end :]
    return text


def _place(path: str, text: str, number: int, edit: Edit) -> _Place:
    """Where an edit goes: exactly, else with other white space at the ends of lines and another indentation."""
    search, replace = unify_newlines(edit.search), unify_newlines(edit.replace)
    which = f"edit {number} of {path}"
    if not search.strip():
        raise EditError(f"{which} searches for nothing; quote the lines that it replaces")
    if search == replace:
        raise EditError(f"{which} replaces text by the same text")
    first = text.find(search)
    if first >= 0:
        if text.find(search, first + 1) >= 0:
            raise EditError(f"{which} is ambiguous: its text occurs more than once; quote more lines around it")
        return _Place(first, first + len(search), replace, number)
    found = _tolerant(text, search, replace)
    if len(found) > 1:
        raise EditError(f"{which} is ambiguous: its lines occur more than once; quote more lines around it")
    if not found:
        head = next(line.strip() for line in search.split("\n") if line.strip())
        raise EditError(f"{which} matches nothing: the program has no such text (it begins {head[:60]!r})")
    start, end, new = found[0]
    return _Place(start, end, new, number)


def _tolerant(text: str, search: str, replace: str) -> list[tuple[int, int, str]]:
    """At most two places of whole lines that are those of ``search`` but for white space, with what to put there.

    White space at the ends of lines does not count, nor do empty lines around the searched ones, nor an indentation
    that all lines have more or less; the replacement is indented like the place that it goes to.
    """
    wanted = _trimmed(search.split("\n"))
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    shapes, wanted_shapes = [_shape(line) for line in lines], [_shape(line) for line in wanted]
    found: list[tuple[int, int, str]] = []
    most = max(50, _MOST_LINES // len(wanted))
    for first in itertools.islice(_alike(shapes, wanted_shapes), most):
        shift = _shift(wanted_shapes, shapes[first : first + len(wanted)])
        if shift is None:
            continue
        last = first + len(wanted) - 1
        new = _reindented(_trimmed(replace.split("\n")) if replace.strip() else [], shift)
        if new is None:
            continue
        end = starts[last] + len(lines[last])
        if not new:
            # Nothing takes the place of whole lines: their line end goes too.
            end = min(len(text), end + 1)
        found.append((starts[first], end, "\n".join(new)))
        if len(found) > 1:
            break
    return found


def _alike(shapes: list[tuple[str, str]], wanted: list[tuple[str, str]]) -> Iterator[int]:
    """Where the lines are those of ``wanted`` but for their indentation.

    Found in the joined text: line by line, two long texts of almost the same lines take hours.
    """
    text = "".join(f"\n{body}" for _, body in shapes) + "\n"
    search = "".join(f"\n{body}" for _, body in wanted) + "\n"
    line, at, seen = 0, text.find(search), 0
    while at >= 0:
        line += text.count("\n", seen, at)
        yield line
        seen, at = at, text.find(search, at + 1)


def _shape(line: str) -> tuple[str, str]:
    body = line.strip()
    return line[: len(line) - len(line.lstrip())] if body else "", body


def _shift(wanted: list[tuple[str, str]], window: list[tuple[str, str]]) -> tuple[str, str] | None:
    """``(taken off, put on)`` before each line that turns the searched indentation into the one found, or None."""
    shift: tuple[str, str] | None = None
    for (want_indent, want), (have_indent, have) in zip(wanted, window, strict=True):
        if want != have:
            return None
        if not want:
            continue
        if have_indent.endswith(want_indent):
            this = ("", have_indent[: len(have_indent) - len(want_indent)])
        elif want_indent.endswith(have_indent):
            this = (want_indent[: len(want_indent) - len(have_indent)], "")
        else:
            return None
        if shift is not None and this != shift:
            return None
        shift = this
    return shift


def _reindented(lines: list[str], shift: tuple[str, str]) -> list[str] | None:
    """``lines`` moved like the searched ones; None if one has less indentation than is to be taken off."""
    off, on = shift
    moved = []
    for line in lines:
        if not line.strip():
            moved.append("")
        elif not line.startswith(off):
            return None
        else:
            moved.append(on + line[len(off) :])
    return moved


def _trimmed(lines: list[str]) -> list[str]:
    """Without the empty lines at both ends; at least one line is not empty."""
    full = [index for index, line in enumerate(lines) if line.strip()]
    return lines[full[0] : full[-1] + 1]
