"""The process that reads one file: ``python -m asi_evolve.cognition.papers.worker KIND PATH`` prints JSON.

Nothing is written to disk: members of an archive are read in memory and their names open nothing.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import re
import resource
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

#: Bytes of memory, pages, characters of text, members of an archive and bytes that it may unpack to, at most.
MEMORY, PAGES, TEXT, MEMBERS, UNPACKED = 2 << 30, 2000, 3_000_000, 5000, 128 << 20

Pages = list[tuple[str, str]]


class Unreadable(Exception):  # noqa: N818 - one line for the user
    """The file cannot be read; why, in words."""


def main(kind: str, path: str) -> None:
    """Read one file and print what was found."""
    seconds = int(os.environ.get("PAPER_SECONDS", "120"))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    answer = sys.stdout
    found: dict[str, Any]
    with contextlib.redirect_stdout(io.StringIO()):  # what libraries print is not the answer
        try:
            found = READERS[kind](Path(path))
            if sum(len(text) for _, text in found["pages"]) > TEXT:
                raise Unreadable(f"more than {TEXT:,} characters of text; give a part of it")
        except Unreadable as error:
            found = {"error": str(error)}
        except ModuleNotFoundError as error:
            found = {"missing": error.name}
        except MemoryError:
            found = {"error": "it needs too much memory; it may be damaged"}
        except Exception as error:
            words = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            found = {"error": f"cannot be read ({words}); it may be damaged"}
    answer.write(json.dumps(found).replace("\\u0000", " "))


def _pdf(path: Path) -> dict[str, Any]:
    from pypdf import PdfReader

    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("it is locked with a password; save it without one")
    if len(reader.pages) > PAGES:
        raise Unreadable(f"{len(reader.pages)} pages; at most {PAGES} are read: give a part of it")
    pages: Pages = []
    size = 0
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text() or ""
        size += len(text)
        if size > TEXT:
            raise Unreadable(f"more than {TEXT:,} characters of text; give a part of it")
        pages.append((f"p. {number}", re.sub(r"(\w)-\n(?=[a-z])", r"\1", text)))
    meta = reader.metadata
    year = re.search(r"\d{4}", str(meta.get("/CreationDate", ""))) if meta else None
    named = [str(meta.author or ""), str(meta.title or "")] if meta else []
    citation = ", ".join(part.strip() for part in named if part.strip())
    return {"citation": f"{citation}, file of {year.group()}" if citation and year else citation, "pages": pages}


def _html(path: Path) -> dict[str, Any]:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(path.read_bytes(), "html.parser")
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    for tag in soup(["script", "style", "nav", "noscript", "template", "svg"]):
        tag.decompose()
    pages: Pages = [("beginning", "")]
    for part in (soup.body or soup).find_all(
        ["h1", "h2", "h3", "h4", "p", "li", "pre", "td", "blockquote", "figcaption"]
    ):
        text = " ".join(part.get_text(" ", strip=True).split())
        if part.name in ("h1", "h2", "h3", "h4"):
            pages.append((f"section {text[:80]!r}", ""))
        elif text and part.find_parent(["p", "li", "blockquote", "td"]) is None:
            pages[-1] = (pages[-1][0], f"{pages[-1][1]}\n\n{text}")
    if not any(text for _, text in pages):
        pages = [("the page", soup.get_text("\n", strip=True))]
    return {"citation": title, "pages": pages}


def _text(path: Path) -> dict[str, Any]:
    text = decoded(path.read_bytes())
    pages: Pages = [("beginning", "")]
    for line in text.splitlines():
        heading = re.match(r"#{1,4}\s+(.+?)\s*#*$", line)
        if heading:
            pages.append((f"section {heading.group(1)[:80]!r}", ""))
        else:
            pages[-1] = (pages[-1][0], f"{pages[-1][1]}\n{line}") if len(pages[-1][1]) < 20_000 else pages[-1]
            if len(pages[-1][1]) >= 20_000:
                pages.append((pages[-1][0], ""))
    title = next((heading for heading in re.findall(r"^#\s+(.+)$", text, re.MULTILINE)), "")
    return {"citation": title.strip(), "pages": pages}


def _bibtex(path: Path) -> dict[str, Any]:
    import bibtexparser

    library = bibtexparser.parse_string(decoded(path.read_bytes()))
    pages: Pages = []
    for entry in library.entries:
        fields = {key.lower(): " ".join(str(f.value).replace("{", "").replace("}", "").split())
                  for key, f in entry.fields_dict.items()}  # fmt: skip
        number = fields.get("doi") or fields.get("eprint") or fields.get("url") or fields.get("isbn") or ""
        parts = [fields.get("author", ""), fields.get("title", entry.key), fields.get("year", ""), number]
        pages.append((", ".join(part for part in parts if part), fields.get("abstract", "")))
    if not library.entries:
        raise Unreadable("there is no BibTeX entry in it")
    if not any(text for _, text in pages):
        raise Unreadable("none of its entries has an abstract, so there is nothing to learn from it")
    return {"citation": "", "pages": pages, "entries": True}


def _tex(path: Path) -> dict[str, Any]:
    return _from_tex([decoded(path.read_bytes())])


def _archive(path: Path) -> dict[str, Any]:
    """A source of arXiv: a tar file, gzipped or not, or one gzipped TeX file."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        with gzip.open(io.BytesIO(data)) as stream:
            data = stream.read(UNPACKED + 1)
        if len(data) > UNPACKED:
            raise Unreadable(f"it unpacks to more than {UNPACKED >> 20} MiB")
    try:
        archive = tarfile.open(fileobj=io.BytesIO(data), mode="r:")  # noqa: SIM115 - closed below
    except tarfile.ReadError:
        if data[:5] == b"%PDF-":
            raise Unreadable("a gzipped PDF: unpack it and give the .pdf") from None
        return _from_tex([decoded(data)])
    texts: list[tuple[bool, str, str]] = []
    with archive:
        for number, member in enumerate(archive):
            if number >= MEMBERS:
                raise Unreadable(f"more than {MEMBERS} members")
            if member.isreg() and member.name.lower().endswith(".tex"):
                held = archive.extractfile(member)
                text = decoded(held.read()) if held is not None else ""
                texts.append(("\\documentclass" not in text, member.name, text))
    if not texts:
        raise Unreadable("there is no .tex file in it")
    return _from_tex([text for _, _, text in sorted(texts)])


def _from_tex(texts: Iterable[str]) -> dict[str, Any]:
    from pylatexenc.latex2text import LatexNodes2Text

    convert = LatexNodes2Text(math_mode="verbatim", keep_comments=False, strict_latex_spaces=False)
    pages: Pages = []
    title = ""
    for text in texts:
        text = re.sub(r"(?<!\\)%.*", "", text)
        named = re.search(r"\\title\s*\{([^{}]{1,300})\}", text)
        title = title or (named.group(1) if named else "")
        begin = text.find("\\begin{document}")
        body = re.sub(r"\\begin\{thebibliography\}.*", "", text[max(begin, 0) :], flags=re.DOTALL)
        parts = re.split(r"\\(?:sub)*section\*?\s*\{([^{}]{0,200})\}", body)
        for where, part in zip(["beginning", *parts[1::2]], parts[::2], strict=True):
            label = where if where == "beginning" else f"section {' '.join(where.split())[:80]!r}"
            pages.append((label, convert.latex_to_text(part)))
    return {"citation": " ".join(title.split()), "pages": pages}


def decoded(data: bytes) -> str:
    """Text of a file whose encoding is not said: UTF-8, UTF-16 with its mark, else Windows-1252.

    Raises:
        Unreadable: It is no text.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:100_000]:
        raise Unreadable("not a text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


READERS = {"pdf": _pdf, "html": _html, "text": _text, "bibtex": _bibtex, "tex": _tex, "archive": _archive}

if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
