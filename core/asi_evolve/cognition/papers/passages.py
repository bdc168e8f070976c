"""Cuts a paper into passages that fit a question, each with the pages that it is from."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from asi_evolve.cognition.papers.reading import Paper

#: Characters of a passage at most, and passages of a paper.
SIZE, MOST = 6000, 400

_REFERENCES = re.compile(r"^\s*(?:\d+\.?\s+)?(references|bibliography)\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a paper."""

    paper: str
    """Name of the file."""
    citation: str
    parts: tuple[tuple[str, str], ...]
    """``(where, text)`` in order; several short pages, or a part of a long one."""

    @property
    def digest(self) -> str:
        """Names the passage: 16 hexadecimal digits of its text and citation."""
        text = "\0".join([self.citation, *(f"{where}\0{text}" for where, text in self.parts)])
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def places(self) -> tuple[str, ...]:
        """The places that it is from."""
        return tuple(dict.fromkeys(where for where, _ in self.parts))


def passages(paper: Paper) -> tuple[Passage, ...]:
    """The passages of a paper in order, without its list of references; each entry of a bibliography is one."""
    found: list[Passage] = []
    held: list[tuple[str, str]] = []

    def close() -> None:
        if held:
            found.append(Passage(paper.name, paper.citation, tuple(held)))
            held.clear()

    for where, text in paper.pages:
        if paper.entries:
            found.append(Passage(paper.name, where, (("abstract", text[:SIZE]),)))
            continue
        end = _REFERENCES.search(text)
        for piece in _pieces(text[: end.start()] if end else text):
            if sum(len(part) for _, part in held) + len(piece) > SIZE:
                close()
            held.append((where, piece))
        if end:
            break
    close()
    return tuple(found[:MOST])


def _pieces(text: str) -> list[str]:
    """A text in pieces of at most a passage, cut between paragraphs, else sentences, else anywhere."""
    text = re.sub(r"[ \t]+", " ", text).strip()
    pieces: list[str] = []
    while len(text) > SIZE:
        cut = max(text.rfind("\n\n", SIZE // 2, SIZE), 0) or max(text.rfind(". ", SIZE // 2, SIZE) + 1, 0) or SIZE
        pieces.append(text[:cut].strip())
        text = text[cut:].strip()
    return [piece for piece in (*pieces, text) if piece]
