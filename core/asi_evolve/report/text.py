"""Text from candidates and models, made safe for a terminal, a spreadsheet and JSON.

A candidate's standard output, its error text and a model's motivation are data from strangers: escape sequences in
them could repaint a terminal, and a cell that starts with ``=`` is a formula to a spreadsheet.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

#: First characters that make a spreadsheet read a cell as a formula (OWASP, "CSV Injection"); some take the wide forms
#: of East Asian text for them too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def printable(text: str, *, keep_newlines: bool = True) -> str:
    """``text`` with control and format characters (escape sequences, bidirectional overrides) made visible.

    Newlines and tabs stay unless ``keep_newlines`` is False, in which case every run of white space is one blank.
    """
    if not keep_newlines:
        text = " ".join(text.split())
    out = []
    for char in text:
        if char in "\n\t" and keep_newlines:
            out.append(char)
        elif unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
            out.append(f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}")
        else:
            out.append(char)
    return "".join(out)


def one_line(text: str, limit: int = 100) -> str:
    """``text`` on one printable line of at most ``limit`` characters."""
    line = printable(text, keep_newlines=False)
    return line if len(line) <= limit else line[: max(limit - 3, 0)].rstrip() + "..."


def csv_cell(text: str) -> str:
    """``text`` as a spreadsheet cell that is never read as a formula (a leading ``'`` where it would be)."""
    return "'" + text if text.startswith(_FORMULA) else text


def plain(value: Any) -> Any:
    """``value`` as plain JSON: numpy scalars and arrays, tuples and mappings converted, NaN and infinities as None."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    if hasattr(value, "tolist"):  # numpy scalars and arrays, without importing numpy here
        return plain(value.tolist())
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def number(value: float | None, digits: int = 10) -> str:
    """A value for people: ``digits`` significant digits, ``-`` for none."""
    return "-" if value is None else f"{value:.{digits}g}"


def signed(value: float | None) -> str:
    """A difference with its sign; the minus is a real one."""
    if value is None:
        return "-"
    return f"{value:+.4g}".replace("-", "\N{MINUS SIGN}", 1) if value else "0"


def counted(count: int, noun: str) -> str:
    """``1 item``, ``2 items``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def when(stamp: str) -> str:
    """An ISO 8601 time (UTC, as it is stored) to the second, for people: ``2026-01-31 12:00:00 UTC``."""
    return f"{stamp[:19].replace('T', ' ')} UTC" if stamp[10:11] == "T" else stamp


def seconds(value: float | None) -> str:
    """A duration for people: ``4.2 s``, ``3 min 05 s``, ``2 h 07 min``."""
    if value is None:
        return "-"
    if value < 60:
        return f"{value:.1f} s"
    if value < 3600:
        return f"{int(value // 60)} min {int(value % 60):02d} s"
    return f"{int(value // 3600)} h {int(value % 3600 // 60):02d} min"
