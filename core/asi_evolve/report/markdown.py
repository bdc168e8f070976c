"""The report as Markdown: the same document as the HTML page."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from pathlib import Path

from asi_evolve.report.data import Report
from asi_evolve.report.document import (
    Block,
    Bullets,
    Code,
    Facts,
    Figure,
    Fold,
    Foreign,
    Prose,
    Steps,
    Table,
)
from asi_evolve.report.figures.axes import standalone
from asi_evolve.report.text import printable

#: An underscore within a word is literal in GitHub's Markdown.
_SPECIAL = re.compile(r"([\\`*\[\]<>|#~&$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
#: What would begin a list, a heading or a rule at the start of a line.
_START = re.compile(r"^(\s*)([-+=]|\d+[.)](?=\s|$))")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(data:image/(png|jpeg|gif|webp|svg\+xml);base64,([A-Za-z0-9+/=\s]+)\)")


def escape(text: str) -> str:
    """Text from anywhere as literal Markdown on one line."""
    return _SPECIAL.sub(r"\\\1", printable(text, keep_newlines=False))


def to_markdown(report: Report, *, pictures: Path | None = None) -> str:
    """The report as GitHub-flavoured Markdown.

    Args:
        report: What to write.
        pictures: Folder for the pictures, which the text then refers to by file name; None puts them into the text.
    """
    from asi_evolve.report.chapters.build import build

    document = build(report)
    headline = document.headline
    out = [f"# {escape(document.title)}", "", escape(document.kicker), ""]
    out += [f"**{escape(headline.sentence)}**", ""]
    out += _lines(Facts(headline.facts), pictures)
    if document.limits:
        out += ["## What may not be concluded", "", *(f"- {escape(line)}" for line in document.limits), ""]
    for section in document.sections:
        tag = f" ({escape(section.tag)})" if section.tag else ""
        out += [f"## {escape(section.title)}{tag}", "", *_all(section.blocks, pictures)]
    out += ["---", "", escape(document.footer)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).rstrip() + "\n"


def _all(blocks: Iterable[Block], pictures: Path | None) -> list[str]:
    return [line for block in blocks for line in _lines(block, pictures)]


def _lines(block: Block, pictures: Path | None) -> list[str]:
    """One block; ends with an empty line."""
    match block:
        case Prose(text=text):
            return [_begin(escape(text)), ""]
        case Bullets(items=items):
            return [*(f"- {escape(item)}" for item in items), ""]
        case Facts(rows=rows):
            return _table(Table(("", ""), rows))
        case Table():
            return _table(block)
        case Figure():
            return [_figure(block, pictures), "", f"*{escape(block.caption)}*", ""]
        case Code(text=text, language=language):
            return [*_code(text, language), ""]
        case Fold(title=title, blocks=inner):
            return [f"**{escape(title)}**", "", *_all(inner, pictures)]
        case Steps(items=items):
            out = []
            for step in items:
                gain = f" ({escape(step.gain)})" if step.gain else ""
                out += [f"**{escape(step.title)}: {escape(step.value)}**{gain}", ""]
                out += [f"- {escape(label)}: {escape(text)}" for label, text in step.lines]
                out += ["", *_all(step.folds, pictures)]
            return out
        case Foreign(markdown=text, title=title):
            return [_extract(text, pictures, title), ""]


def _begin(line: str) -> str:
    return _START.sub(lambda found: found[1] + _escaped_start(found[2]), line)


def _escaped_start(text: str) -> str:
    return f"\\{text}" if len(text) == 1 else f"{text[:-1]}\\{text[-1]}"


def _table(table: Table) -> list[str]:
    lines = ["| " + " | ".join(escape(column) for column in table.columns) + " |"]
    lines.append("|" + "|".join(" ---: " if i in table.numeric else " --- " for i in range(len(table.columns))) + "|")
    lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in table.rows]
    return [*lines, ""]


def _code(source: str, language: str) -> list[str]:
    """A fenced block; the fence is longer than any run of backticks in the source."""
    longest = max((len(run) for run in re.findall(r"`+", source)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", printable(source).rstrip("\n"), fence]


def _figure(figure: Figure, folder: Path | None) -> str:
    svg = standalone(figure.wide)
    if folder is None:
        return f"![{escape(figure.alt)}](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})"
    (folder / f"{figure.name}.svg").write_text(svg, encoding="utf-8")
    return f"![{escape(figure.alt)}]({figure.name}.svg)"


def _extract(text: str, folder: Path | None, title: str) -> str:
    """The section with its pictures moved into files of ``folder``."""
    text = printable(text)
    if folder is None:
        return text
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "section"
    count = 0

    def move(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        suffix = {"svg+xml": "svg", "jpeg": "jpg"}.get(match[2], match[2])
        name = f"{stem}-{count}.{suffix}"
        try:
            (folder / name).write_bytes(b64decode(match[3]))
        except (Base64Error, ValueError):
            return match[0]
        return f"![{match[1]}]({name})"

    return _PICTURE.sub(move, text)
