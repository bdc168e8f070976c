"""What a report is made of: blocks of plain, unescaped text. HTML and Markdown render the same document, so that both
say the same; each escapes in its own way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph. ``note`` is smaller print; ``warning`` must not be overlooked."""

    text: str
    kind: Literal["text", "note", "warning"] = "text"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``numeric`` are the columns (from 0) that hold figures: aligned on the right, never broken."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture that we drew ourselves from numbers: SVG whose texts are escaped."""

    name: str
    """Stem of its file, where pictures are files."""
    wide: str
    narrow: str
    """The same for a narrow screen."""
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class Code:
    """Source or a command, line by line."""

    text: str
    language: Literal["python", "diff", "sh", "text"] = "text"


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that a reader opens."""

    title: str
    blocks: tuple[Block, ...]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One generation in a line of descent."""

    title: str
    value: str
    gain: str
    """With its sign; empty for the first."""
    direction: Literal["up", "down", "same", ""]
    lines: tuple[tuple[str, str], ...]
    """Label and text."""
    folds: tuple[Fold, ...] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    """A line of descent, the seed first."""

    items: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Foreign:
    """Markdown from a plugin: rendered without raw HTML, scripts or anything that is fetched."""

    markdown: str
    title: str = ""
    """Of its section; names the files of its pictures."""


Block: TypeAlias = Prose | Bullets | Facts | Table | Figure | Code | Fold | Steps | Foreign


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    tag: str = ""
    """A label that stands beside the title."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The result at a glance."""

    value: str
    """Empty if nothing is valid."""
    unit: str
    name: str
    """What the value measures, or why there is none."""
    sentence: str
    """All of it in one sentence."""
    facts: tuple[tuple[str, str], ...]
    """The few that a reader needs to judge it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    kicker: str
    """What kind of page this is and of which run."""
    headline: Headline
    limits: tuple[str, ...]
    """What may not be concluded."""
    sections: tuple[Section, ...]
    footer: str
