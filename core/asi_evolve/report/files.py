"""Write a report to files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from asi_evolve.errors import UsageError
from asi_evolve.report.data import Report
from asi_evolve.report.unwritable import cannot_write

Format = Literal["html", "md", "both"]

_SUFFIXES: dict[str, Format] = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md"}


def write(report: Report, out: Path, kind: Format | None = None) -> list[Path]:
    """Write the report and return the files.

    Args:
        report: What to write.
        out: A file that ends in ``.html`` or ``.md``, or a folder (made if missing) for ``report.html`` and
            ``report.md`` with its pictures beside it.
        kind: ``html``, ``md`` or ``both``; None means what the suffix says, and both in a folder.

    Raises:
        UsageError: If ``kind`` and the suffix disagree, or something cannot be written.
    """
    from asi_evolve.report.html import to_html
    from asi_evolve.report.markdown import to_markdown

    suffix = _SUFFIXES.get(out.suffix.lower())
    if suffix is not None and not out.is_dir():
        if kind not in (None, suffix):
            raise UsageError(f"--out {out}: the suffix says {suffix}, --format says {kind}; give a folder for both")
        text = to_html(report) if suffix == "html" else to_markdown(report)
        return [_put(out, text)]
    try:
        out.mkdir(parents=True, exist_ok=True)
        written = []
        if kind in (None, "both", "md"):
            written.append(_put(out / "report.md", to_markdown(report, pictures=out)))
        if kind in (None, "both", "html"):
            written.append(_put(out / "report.html", to_html(report)))
    except OSError as error:
        raise cannot_write("--out", out, error) from None
    return written


def _put(path: Path, text: str) -> Path:
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise cannot_write("--out", path, error) from None
    return path
