"""Differences between programs as unified diffs."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import unified_diff

#: Lines of a diff that are shown; more says how many were left out.
MOST_LINES = 400
#: Lines beyond which programs are not compared line by line: the time of a comparison grows with their product.
_COMPARED = 4000


def program_diff(
    before: Mapping[str, str], after: Mapping[str, str], names: tuple[str, str], most: int = MOST_LINES
) -> str:
    """The unified diff of all files that differ; empty if none does.

    Args:
        before, after: path -> source.
        names: What to call the two.
        most: Lines that are given; the last line says how many more there are.
    """
    lines: list[str] = []
    for path in sorted(set(before) | set(after)):
        old, new = before.get(path, "").splitlines(), after.get(path, "").splitlines()
        if old == new:
            continue
        if max(len(old), len(new)) > _COMPARED:
            lines.append(f"--- {names[0]}/{path} and {names[1]}/{path} differ ({len(old)} and {len(new)} lines)")
            continue
        lines += unified_diff(old, new, f"{names[0]}/{path}", f"{names[1]}/{path}", lineterm="", n=2)
    if len(lines) > most:
        lines = [*lines[:most], f"... {len(lines) - most} more lines"]
    return "\n".join(lines)
