"""Reads a paper in a process with little memory and time: files of strangers can be bombs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from asi_evolve.errors import MissingExtraError, UsageError, install_hint

#: Suffix -> kind of file.
KINDS = {
    ".pdf": "pdf", ".html": "html", ".htm": "html", ".xhtml": "html", ".md": "text", ".markdown": "text",
    ".txt": "text", ".bib": "bibtex", ".tex": "tex", ".tar": "archive", ".gz": "archive", ".tgz": "archive",
}  # fmt: skip
#: Bytes of a file, seconds of its reading, and characters of its text, at most.
MAX_BYTES, MAX_SECONDS, MAX_TEXT = 64 << 20, 120, 3_000_000
EXTRA = "papers"


@dataclass(frozen=True, slots=True)
class Paper:
    """The text of a paper."""

    name: str
    """Name of the file."""
    citation: str
    """What can be said of authors, title, year and number, else the file's name."""
    pages: tuple[tuple[str, str], ...]
    """``(where, text)``: page, section, or entry of a bibliography, in order."""
    entries: bool = False
    """Each page is an entry of a bibliography, with its own citation as ``where``."""


def read_paper(path: Path, *, seconds: int = MAX_SECONDS) -> Paper:
    """The text of a file, by its suffix.

    Raises:
        UsageError: It is missing, of another kind, too large, damaged, without text, or takes too long to read; one
            line with the file's name.
        MissingExtraError: The library for its kind is not installed.
    """
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file")
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise UsageError(f"{path}: not a kind of file that is read; give one of {', '.join(KINDS)} (or items as .toml)")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UsageError(f"{path}: {size >> 20} MiB; at most {MAX_BYTES >> 20} MiB are read: give a part of it")
        done = subprocess.run(
            [sys.executable, "-m", "asi_evolve.cognition.papers.worker", kind, str(path.resolve())],
            capture_output=True,
            timeout=3 * seconds,
            env={
                "PYTHONIOENCODING": "utf-8",
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "PAPER_SECONDS": str(seconds),
            },
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UsageError(f"{path}: takes more than {seconds} seconds to read; it may be damaged") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    return _result(path, done)


def _result(path: Path, done: subprocess.CompletedProcess[bytes]) -> Paper:
    try:
        found = json.loads(done.stdout)
    except ValueError:
        why = "it needs too much time or memory" if done.returncode < 0 else "its reader failed"
        raise UsageError(f"{path}: cannot be read: {why}; it may be damaged") from None
    if "missing" in found:
        raise MissingExtraError(f"{path}: {found['missing']} is not installed: {install_hint(EXTRA)}")
    if "error" in found:
        raise UsageError(f"{path}: {found['error']}")
    pages = tuple((str(where), str(text)) for where, text in found["pages"] if str(text).strip())
    if not pages:
        raise UsageError(f"{path}: there is no text in it (scanned pages need text recognition first)")
    return Paper(path.name, found["citation"] or path.name, pages, bool(found.get("entries")))
