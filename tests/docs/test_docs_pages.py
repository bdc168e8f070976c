"""Pages agree with the program: commands, settings, links; and say nothing about somebody's machine."""

from __future__ import annotations

import re

import pytest
from asi_evolve.cli.app import COMMANDS
from asi_evolve.config import KEYS
from docs_pages import DOCS, ROOT, pages, snippets

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_MACHINE = re.compile(r"(?<![\w.])/(work/\w+|root/\w+|home/\w+|Users/\w+|tmp/\w+)")


def _slug(heading: str) -> str:
    """GitHub's anchor of a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"[^\w\- ]", "", text.lower(), flags=re.UNICODE)
    return text.strip().replace(" ", "-")


def _anchors(text: str) -> set[str]:
    code_free = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return {_slug(heading) for heading in re.findall(r"^#+ (.+)$", code_free, re.MULTILINE)}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in _LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.relative_to(ROOT)}: {target} does not exist"
        if anchor and linked.suffix == ".md":
            assert anchor in _anchors(linked.read_text(encoding="utf-8")), f"{page.name}: no heading for {target}"


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_no_paths_of_a_machine(page):
    found = _MACHINE.search(page.read_text(encoding="utf-8"))
    assert found is None, f"{page.relative_to(ROOT)}: {found.group() if found else ''}"


def test_the_index_lists_every_page():
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    linked = {(DOCS / target.partition("#")[0]).resolve() for target in _LINK.findall(index) if ":" not in target}
    missing = [
        str(page.relative_to(DOCS))
        for page in pages()
        if page.is_relative_to(DOCS) and page.parent.name not in ("adr", "examples") and page != DOCS / "README.md"
        if page.resolve() not in linked
    ]
    assert not missing


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_each_command_is_in_the_reference(command):
    text = (DOCS / "reference/cli.md").read_text(encoding="utf-8")
    assert re.search(rf"^#+ .*\b{command}\b", text, re.MULTILINE) or f"`asievolve {command}" in text


@pytest.mark.parametrize("key", sorted(KEYS))
def test_each_setting_is_in_the_reference(key):
    assert f"`{key}`" in (DOCS / "reference/config.md").read_text(encoding="utf-8")


def _shown_commands():
    """The first words after ``asievolve`` in code, options and their values left out."""
    with_value = {"--plugin", "--db", "--config", "-p"}
    for snippet in snippets("console", "sh", "bash", ""):
        for line in snippet.text.splitlines():
            found = re.search(r"(?:^|[ /])asievolve((?: .*)?)$", line.partition("  #")[0])
            if not found or not (line.startswith("$") or snippet.language == "sh"):
                continue
            words = iter(found[1].split())
            for word in words:
                if word in with_value:
                    next(words, None)
                elif not word.startswith("-"):
                    yield pytest.param(word, id=f"{snippet}-{word}")
                    break


@pytest.mark.parametrize("word", list(_shown_commands()))
def test_commands_that_are_shown_exist(word):
    assert word in COMMANDS


def test_nothing_is_left_to_fill_in():
    for page in pages():
        text = page.read_text(encoding="utf-8")
        found = re.search(r"@@[A-Z]+|\bTODO\b|\bTBD\b|\bXXX\b", text)
        assert found is None, f"{page.relative_to(ROOT)}: {found.group() if found else ''}"
