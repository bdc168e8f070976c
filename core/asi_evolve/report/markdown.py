"""The report as Markdown."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from pathlib import Path

from asi_evolve.report import tables
from asi_evolve.report.data import Report
from asi_evolve.report.svg import score_by_round
from asi_evolve.report.tables import Table
from asi_evolve.report.text import printable

#: An underscore within a word is literal in GitHub's Markdown.
_SPECIAL = re.compile(r"([\\`*\[\]<>|#~&$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
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
    info = report.info
    out = [f"# {escape(info.plugin)}: {escape(info.title or info.run_id)}", ""]
    out += [f"**{escape(tables.headline(report))}**", "", escape(report.caveat), ""]
    out += _table(tables.facts(report))
    out += [
        "## Score by round",
        "",
        _picture("score by round", score_by_round(report.rows, report.objective), pictures),
        "",
    ]
    if report.top:
        out += ["## The ten best", "", *_table(tables.best_table(report))]
    if report.lineage:
        out += ["## How the best came about", "", *_table(tables.lineage_table(report))]
    for title, text in report.sections:
        out += [f"## {escape(title)}", "", _extract(printable(text), pictures, title), ""]
    failures = tables.failures_table(report)
    if failures.rows:
        out += ["## Rounds without a valid value", "", *_table(failures)]
    if report.lessons:
        out += ["## Lessons", "", *(f"- {escape(line)}" for line in tables.lessons_lines(report)), ""]
    out += ["## Where the ideas came from", "", *_table(tables.provenance_table(report))]
    if report.controls:
        out += ["## Controls", "", *_table(tables.controls_table(report))]
    if report.published:
        out += ["## Published figures", "", *_table(tables.published_table(report))]
    if report.best is not None:
        out += ["## The best program", ""]
        for path in sorted(report.best.candidate.files):
            out += [f"`{escape(path)}`", "", *_code(report.best.candidate.files[path]), ""]
    events = tables.events_lines(report)
    if events:
        out += ["## Events", "", *(f"- {escape(line)}" for line in events), ""]
    out += ["## Environment", "", *_table(tables.environment_table(report))]
    out += [f"- {escape(note)}" for note in report.notes]
    return "\n".join(out).rstrip() + "\n"


def _table(table: Table) -> list[str]:
    lines = [escape(table.note), ""] if table.note else []
    lines.append("| " + " | ".join(escape(column) for column in table.columns) + " |")
    lines.append("|" + " --- |" * len(table.columns))
    lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in table.rows]
    return [*lines, ""]


def _code(source: str) -> list[str]:
    """A fenced block; the fence is longer than any run of backticks in the source."""
    longest = max((len(run) for run in re.findall(r"`+", source)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}python", printable(source).rstrip("\n"), fence]


def _picture(alt: str, svg: str, folder: Path | None) -> str:
    if folder is None:
        return f"![{alt}](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})"
    (folder / "score.svg").write_text(svg, encoding="utf-8")
    return f"![{alt}](score.svg)"


def _extract(text: str, folder: Path | None, title: str) -> str:
    """The section with its pictures moved into files of ``folder``."""
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
