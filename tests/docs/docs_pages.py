"""The documentation's pages and the code blocks in them, for the tests beside this file."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "plugins/examples"

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[a-z]*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Snippet:
    """One fenced block."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """All pages of the documentation, and the README."""
    return [*sorted(DOCS.rglob("*.md")), ROOT / "README.md"]


def snippets(*languages: str) -> list[Snippet]:
    """The fenced blocks of all pages in these languages."""
    found = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for match in _FENCE.finditer(text):
            if match["language"] in languages:
                line = text.count("\n", 0, match.start()) + 1
                found.append(Snippet(page, line, match["language"], textwrap.dedent(match["body"])))
    return found


def in_order(text: str, source: str) -> bool:
    """Whether ``text`` stands in ``source``, at any depth of indentation; blank lines do not count."""
    wanted = _lines(text)
    lines = _lines(source)
    return any(
        _lines_dedented(lines[start : start + len(wanted)]) == _lines_dedented(wanted)
        for start in range(len(lines) - len(wanted) + 1)
    )


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _lines_dedented(lines: list[str]) -> list[str]:
    return textwrap.dedent("\n".join(lines)).splitlines()
