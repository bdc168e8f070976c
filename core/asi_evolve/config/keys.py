"""``KEYS``: every dotted setting with type, default, bounds, meaning and flag, read off the settings classes."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from asi_evolve.config.settings import TABLES, Settings
from asi_evolve.errors import ConfigError
from asi_evolve.records import Json

_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "list": "a list of names",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One setting."""

    name: str
    """Dotted, for example ``run.rounds``."""
    kind: str
    """``int``, ``float``, ``bool``, ``str`` or ``list`` (of str)."""
    optional: bool
    """True if it may be left empty (None)."""
    default: Json
    doc: str
    flag: str = ""
    """The command-line option, or empty."""
    choices: tuple[str, ...] = ()
    closed: bool = False
    """True if only ``choices`` are accepted; otherwise plugins may add to them."""
    low: float | None = None
    high: float | None = None

    @property
    def expectation(self) -> str:
        """In words: which values are right."""
        if self.closed:
            return "one of " + ", ".join(repr(c) for c in self.choices)
        words = _WORDS[self.kind]
        if self.low is not None and self.high is not None:
            return f"{words} from {_plain(self.low)} to {_plain(self.high)}"
        if self.low is not None:
            return f"{words} of at least {_plain(self.low)}"
        return words

    def read(self, value: Any, origin: str, *, text: bool = False) -> Json:
        """The checked value of this key.

        Args:
            value: What was given; with ``text`` its text form, from a flag or a variable.
            origin: Where it was given, for the error.
            text: True if numbers and booleans are to be parsed from text.

        Raises:
            ConfigError: If the type, the range or the choice is wrong.
        """
        given = value
        if value is None:
            if self.optional:
                return None
            raise self._wrong(given, origin)
        if self.kind == "str" and isinstance(value, os.PathLike):
            value = os.fspath(value)
        if text and isinstance(value, str):
            value = self._parse(value, origin)
        if self.kind == "list":
            return self._read_list(value, origin)
        if self.kind == "float" and isinstance(value, int) and not isinstance(value, bool):
            try:
                value = float(value)
            except OverflowError:
                raise self._wrong(given, origin) from None
        wanted = {"int": int, "float": float, "bool": bool, "str": str}[self.kind]
        if not isinstance(value, wanted) or (isinstance(value, bool) and self.kind != "bool"):
            raise self._wrong(given, origin)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and not self._within(value):
            raise self._wrong(given, origin)
        if isinstance(value, str):
            if self.closed and value not in self.choices:
                raise self._wrong(given, origin)
            if not value.strip() and not self.closed and self.name != "plugin":
                raise ConfigError(f"{origin}: must not be empty")
        return value

    def _within(self, number: float) -> bool:
        above = self.low is None or number >= self.low
        below = self.high is None or number <= self.high
        return abs(number) < math.inf and above and below

    def _parse(self, text: str, origin: str) -> Any:
        stripped = text.strip()
        try:
            if self.kind == "int":
                return int(stripped)
            if self.kind == "float":
                return float(stripped)
        except ValueError:
            raise self._wrong(text, origin) from None
        if self.kind == "bool":
            if stripped.lower() in _TRUE:
                return True
            if stripped.lower() in _FALSE:
                return False
            raise self._wrong(text, origin)
        if self.kind == "list":
            return [
                part.strip()
                for part in stripped.strip("[]").replace('"', "").replace("'", "").split(",")
                if part.strip()
            ]
        if len(stripped) >= 2 and stripped[0] == stripped[-1] and stripped[0] in "\"'":
            return stripped[1:-1]
        return text

    def _read_list(self, value: Any, origin: str) -> Json:
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) and item for item in value):
            raise self._wrong(value, origin)
        return tuple(value)

    def _wrong(self, value: Any, origin: str) -> ConfigError:
        return ConfigError(f"{origin}: must be {self.expectation}, not {value!r}")


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)


def _kind(annotation: str) -> tuple[str, bool]:
    """The kind and optionality of a field from its annotation as written."""
    optional = annotation.endswith(" | None")
    base = annotation.removesuffix(" | None")
    return ("list" if base.startswith("tuple[") else base), optional


def _keys() -> Mapping[str, Key]:
    found: dict[str, Key] = {}

    def add(prefix: str, table: type) -> None:
        for one in fields(table):
            if "doc" not in one.metadata:
                continue
            kind, optional = _kind(str(one.type))
            found[prefix + one.name] = Key(prefix + one.name, kind, optional, one.default, **one.metadata)

    add("", Settings)
    for name, table in TABLES.items():
        add(f"{name}.", table)
    return MappingProxyType(found)


#: Dotted name -> :class:`Key`, for every setting but the open tables' extra keys.
KEYS: Mapping[str, Key] = _keys()


def environment_name(key: str) -> str:
    """The environment variable of a dotted key: ``run.rounds`` -> ``ASIEVOLVE_RUN_ROUNDS``."""
    return "ASIEVOLVE_" + key.upper().replace(".", "_")
