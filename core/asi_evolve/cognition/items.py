"""Knowledge items as TOML files: reading with errors that name file and line, and writing.

A file holds any number of items:

    [[item]]
    id = "hex-lattice"
    title = "Hexagonal arrangement"
    insight = "What to do with it, in the author's own words."
    source = "Authors, title, year, DOI, arXiv number, ISBN or URL"
    tags = ["initialisation"]
    blocks = ["hex_start"]

``tags``, ``blocks`` and ``origin`` (``literature``, ``human`` or ``experience``) may be left out.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from asi_evolve.errors import UsageError, did_you_mean
from asi_evolve.records import CognitionItem

REQUIRED = ("id", "title", "insight", "source")
LISTS = ("tags", "blocks")
ORIGINS = ("literature", "human", "experience")
FIELDS = (*REQUIRED, *LISTS, "origin")

_HEADER = re.compile(r"\s*\[\[\s*item\s*\]\]")
_KEY = re.compile(r"""\s*(["']?)([A-Za-z0-9_-]+)\1\s*=""")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]*")


def load_items(path: str | Path) -> tuple[CognitionItem, ...]:
    """Read one TOML file, or all ``*.toml`` of a folder in the order of their names.

    Raises:
        UsageError: the path is missing or unreadable, a file is not TOML, a field is missing, unknown,
            empty or of the wrong type, or an id is used twice. The message names file and line.
    """
    return tuple(item for item, _ in _load(Path(path)))


def load_items_for(path: str | Path, blocks: Collection[str]) -> tuple[CognitionItem, ...]:
    """As :func:`load_items`, for a domain with building blocks of these names.

    Raises:
        UsageError: as :func:`load_items`, or there is no item, or one is about a block that there is not.
    """
    loaded = _load(Path(path))
    if not loaded:
        raise UsageError(f"{path}: there is no item in it; write each as an [[item]] table with {', '.join(REQUIRED)}")
    for item, where in loaded:
        for name in item.blocks:
            if name not in blocks:
                mend = did_you_mean(name, blocks) or "; `asievolve plugins info --json` lists them"
                raise UsageError(f"{where}: item {item.item_id!r}: the domain has no block {name!r}{mend}")
    return tuple(item for item, _ in loaded)


def _load(root: Path) -> list[tuple[CognitionItem, str]]:
    """The items under ``root``, each with the file and line of its blocks (of its header if it names none)."""
    if root.is_dir():
        files = sorted(root.glob("*.toml"))
        if not files:
            raise UsageError(f"{root}: the folder has no *.toml file with cognition items")
    elif root.is_file():
        files = [root]
    else:
        raise UsageError(f"{root}: there is no such file or folder of cognition items")
    items: list[tuple[CognitionItem, str]] = []
    seen: dict[str, str] = {}
    for file in files:
        for item, line, of_blocks in _read(file):
            where = f"{file}:{line}"
            if item.item_id in seen:
                raise UsageError(
                    f"{where}: the id {item.item_id!r} is already used at {seen[item.item_id]}: ids must be unique"
                )
            seen[item.item_id] = where
            items.append((item, f"{file}:{of_blocks}"))
    return items


def dump_items(items: Iterable[CognitionItem]) -> str:
    """The items as a TOML text that :func:`load_items` reads back to equal items."""
    parts = []
    for item in items:
        lines = [
            "[[item]]",
            f"id = {_quote(item.item_id)}",
            f"title = {_quote(item.title)}",
            f"insight = {_quote(item.insight)}",
            f"source = {_quote(item.source)}",
        ]
        lines += [f"{name} = [{', '.join(map(_quote, getattr(item, name)))}]" for name in LISTS if getattr(item, name)]
        if item.origin != "literature":
            lines.append(f"origin = {_quote(item.origin)}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _quote(text: str) -> str:
    # JSON's escapes are TOML's too, except that TOML wants DEL escaped and forbids lone surrogates.
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")


def _read(file: Path) -> list[tuple[CognitionItem, int, int]]:
    """The items of one file, each with the lines of its header and of its blocks."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: not UTF-8 (byte {error.start}): save the file as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(_syntax(file, str(error), text)) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, a thousand brackets
        raise UsageError(f"{file}: cannot be read as TOML: {str(error).partition(';')[0]}") from None
    lines = _Lines(text)
    for key in table:
        if key != "item":
            raise UsageError(
                f"{file}:{lines.of_top(key)}: unknown key {key!r}{did_you_mean(key, ['item'])}: a file of cognition "
                f"items holds [[item]] tables only"
            )
    entries = table.get("item", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UsageError(f"{file}:{lines.of_top('item')}: write each item as a [[item]] table (two brackets)")
    return [
        (_item(file, entry, number, lines), lines.of_item(number), lines.of_item(number, "blocks"))
        for number, entry in enumerate(entries)
    ]


def _syntax(file: Path, message: str, text: str) -> str:
    place = re.search(r"\s*\((?:at line (\d+), column (\d+)|at end of document)\)", message)
    reason = message[: place.start()] if place else message
    line = int(place[1]) if place and place[1] else text.count("\n") + 1
    return f"{file}:{line}: not valid TOML: {' '.join(reason.split())}"


def _item(file: Path, entry: Mapping[str, Any], number: int, lines: _Lines) -> CognitionItem:
    def bad(key: str, text: str) -> UsageError:
        name = entry.get("id")
        who = f"item {name!r}" if isinstance(name, str) and name else f"item number {number + 1}"
        return UsageError(f"{file}:{lines.of_item(number, key)}: {who}: {text}")

    for key in entry:
        if key not in FIELDS:
            raise bad(key, f"unknown field {key!r}{did_you_mean(key, FIELDS)}; the fields are: {', '.join(FIELDS)}")
    for key in REQUIRED:
        if key not in entry:
            hint = ": say where it can be looked up" if key == "source" else ""
            raise bad("", f"the field {key!r} is missing{hint}")
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise bad(key, f"{key} must be a text that is not empty")
    if not _ID.fullmatch(entry["id"]):
        raise bad("id", "id must be letters, digits and any of _ . : / - (no spaces)")
    lists: dict[str, tuple[str, ...]] = {}
    for key in LISTS:
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(part, str) and part.strip() for part in value):
            raise bad(key, f'{key} must be a list of texts, for example {key} = ["one", "two"]')
        lists[key] = tuple(value)
    origin = entry.get("origin", "literature")
    if origin not in ORIGINS:
        near = did_you_mean(str(origin), ORIGINS)
        raise bad("origin", f"origin = {origin!r}{near}: choose one of {', '.join(ORIGINS)}")
    return CognitionItem(
        item_id=entry["id"],
        title=" ".join(entry["title"].split()),
        insight=entry["insight"].strip(),
        source=entry["source"].strip(),
        tags=lists["tags"],
        blocks=lists["blocks"],
        origin=origin,
    )


class _Lines:
    """Where headers and keys stand in a TOML text: the parser of the standard library does not say."""

    def __init__(self, text: str) -> None:
        self._items: list[tuple[int, dict[str, int]]] = []
        self._top: dict[str, int] = {}
        quote = ""  # the mark of the multi-line string that we are in
        for number, line in enumerate(text.splitlines(), start=1):
            if not quote:
                self._note(number, line)
            quote = _open_quote(line, quote)

    def of_item(self, number: int, key: str = "") -> int:
        """Line of a key of item ``number``, else of its header; 1 where items are not written as tables."""
        if number >= len(self._items):
            return self._top.get("item", 1)
        line, keys = self._items[number]
        return keys.get(key, line)

    def of_top(self, key: str) -> int:
        """Line of a top-level key or table."""
        return self._top.get(key, 1)

    def _note(self, number: int, line: str) -> None:
        table = re.match(r"\s*\[+\s*[\"']?([A-Za-z0-9_-]+)", line)
        key = _KEY.match(line)
        if _HEADER.match(line):
            self._items.append((number, {}))
        elif key and self._items:
            self._items[-1][1].setdefault(key[2], number)
        elif key:
            self._top.setdefault(key[2], number)
        elif table:
            self._top.setdefault(table[1], number)


def _open_quote(line: str, quote: str) -> str:
    """The mark of the multi-line string that is open at the end of ``line``; empty if none is."""
    place = 0
    while place < len(line):
        if quote:
            if quote[0] == '"' and line[place] == "\\":
                place += 2
            elif line.startswith(quote, place):
                place, quote = place + len(quote), ""
            else:
                place += 1
            continue
        mark = line[place]
        if mark == "#":
            break
        if mark in "\"'":
            quote = mark * 3 if line.startswith(mark * 3, place) else mark
            place += len(quote)
        else:
            place += 1
    return quote if len(quote) == 3 else ""
