"""No snippet can rot: Python and TOML blocks stand verbatim in files that tests run, or are run here."""

from __future__ import annotations

import ast
import textwrap
import tomllib
from pathlib import Path

import pytest
from docs_pages import DOCS, EXAMPLES, ROOT, Snippet, in_order, snippets

#: Pages whose Python blocks are run, top to bottom, as one program in an empty folder. They may take seconds.
RUN = ("reference/api.md", "how-to/use-from-python.md", "reference/hooks.md")

_SOURCES = [
    path.read_text(encoding="utf-8")
    for folder in (EXAMPLES, ROOT / "plugins", ROOT / "tests/third_party_plugin", ROOT / "tests/docs")
    for path in sorted(folder.rglob("*"))
    if path.suffix in (".py", ".toml")
]


def _named(found: list[Snippet]) -> list[object]:
    return [pytest.param(snippet, id=str(snippet)) for snippet in found]


def _runs(page: Path) -> bool:
    return page.is_relative_to(DOCS) and str(page.relative_to(DOCS)) in RUN


@pytest.mark.parametrize(
    "snippet", _named([s for s in snippets("python") if not _runs(s.page) and s.page.is_relative_to(DOCS / "plugins")])
)
def test_python_in_the_guide_is_taken_from_a_file_that_is_tested(snippet):
    assert any(in_order(snippet.text, source) for source in _SOURCES), f"{snippet} is in no example or test file"


@pytest.mark.parametrize("snippet", _named(snippets("python")))
def test_python_parses(snippet):
    # An excerpt may be the end of a function's body.
    body = "def excerpt():\n" + textwrap.indent(snippet.text, "    ")
    ast.parse(body)


@pytest.mark.parametrize("snippet", _named(snippets("toml")))
def test_toml_parses(snippet):
    tomllib.loads(snippet.text)


@pytest.mark.parametrize("page", RUN)
def test_the_page_runs_from_top_to_bottom(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("sphere.py",):
        (tmp_path / name).write_text((EXAMPLES / name).read_text(encoding="utf-8"), encoding="utf-8")
    found = [s for s in snippets("python") if s.page == DOCS / page]
    assert found
    namespace: dict[str, object] = {"__name__": "page"}
    for snippet in found:
        # Blank lines before it, so that a traceback names the line of the page.
        exec(compile("\n" * snippet.line + snippet.text, str(snippet.page), "exec"), namespace)
