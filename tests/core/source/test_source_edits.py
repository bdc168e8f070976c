"""The applier: all of an answer or nothing of it, at the place that is meant or not at all."""

from __future__ import annotations

import pytest
from asi_evolve.source.edits import Edit, EditError, apply_answer, forbidden_changes
from hypothesis import given
from hypothesis import strategies as st

A = "a.py"
SOURCE = "def f():\n    x = 1\n    return x\n\n\ndef g():\n    return 2\n"


def edited(source: str, *pairs: tuple[str, str]) -> str:
    return apply_answer({A: source}, {}, [Edit(A, search, replace) for search, replace in pairs])[A]


def refusal(source: str, *pairs: tuple[str, str]) -> str:
    with pytest.raises(EditError) as caught:
        edited(source, *pairs)
    return str(caught.value)


def test_an_exact_edit_changes_its_text_and_nothing_else() -> None:
    assert edited(SOURCE, ("x = 1", "x = 5")) == SOURCE.replace("x = 1", "x = 5")
    assert edited(SOURCE, ("    return 2\n", "")) == SOURCE.replace("    return 2\n", "")


def test_edits_are_looked_up_in_the_program_as_it_was_given() -> None:
    both = edited(SOURCE, ("x = 1", "x = 2"), ("return 2", "return 3"))
    assert both == SOURCE.replace("return 2", "return 3").replace("x = 1", "x = 2")
    assert "more than once" in refusal("a = 1\na = 1\n", ("a = 1", "b = 1"))
    # The first edit writes what the second one searches for; it is still not there.
    assert "matches nothing" in refusal("a = 1\n", ("a = 1", "b = 1"), ("b = 1", "c = 1"))


def test_a_second_try_forgives_white_space_at_line_ends_and_indentation() -> None:
    assert edited("if a:   \n    b = 1\n", ("if a:\n    b = 1", "if a:\n    b = 2")) == "if a:\n    b = 2\n"
    inner = "class C:\n    def f(self):\n        return 1\n"
    assert edited(inner, ("def f(self):\n    return 1", "def f(self):\n    x = 3\n    return x")) == (
        "class C:\n    def f(self):\n        x = 3\n        return x\n"
    )
    assert edited("def f():\n    return 1\n", ("        return 1  \n\n", "        return 4")) == (
        "def f():\n    return 4\n"
    )
    assert edited(inner, ("\n\n  def f(self):\n      return 1\n\n", "")) == "class C:\n"


def test_line_ends_of_windows_are_no_difference() -> None:
    assert edited("a = 1\r\nb = 2\r\n", ("a = 1\nb = 2", "a = 3\r\nb = 2")) == "a = 3\nb = 2\n"


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([("", "x")], "searches for nothing"),
        ([(" \n", "x")], "searches for nothing"),
        ([("x = 1", "x = 1")], "same text"),
        ([("y = 1", "y = 2")], "matches nothing"),
        ([("return", "yield")], "ambiguous"),
        ([("x = 1\n    return x", "pass"), ("return x", "return 1")], "overlap"),
        # The same lines but for their indentation to each other: another program, so no match.
        ([("def f():\n  x = 1\n      return x", "pass")], "matches nothing"),
    ],
)
def test_what_cannot_be_applied_says_why(pairs: list[tuple[str, str]], words: str) -> None:
    assert words in refusal(SOURCE, *pairs)


def test_lines_that_occur_twice_but_for_white_space_are_ambiguous() -> None:
    assert "ambiguous" in refusal("if a:\n    b = 1\nif c:\n        b = 1\n", ("b = 1  \n", "b = 2"))


def test_whole_files_and_edits_together() -> None:
    base = {A: SOURCE, "b.py": "B = 1\n", "c.py": "C = 1\n"}
    made = apply_answer(base, {"b.py": "B = 2\n", "d.py": "D = 4\n"}, [Edit(A, "x = 1", "x = 9")])
    assert made == {A: SOURCE.replace("x = 1", "x = 9"), "b.py": "B = 2\n", "c.py": "C = 1\n", "d.py": "D = 4\n"}
    assert base[A] == SOURCE, "the parent is not changed"


@pytest.mark.parametrize(
    ("files", "edits", "words"),
    [
        ({}, [], "neither"),
        ({A: SOURCE}, [], "changes nothing"),
        ({A: "x = 1\n"}, [Edit(A, "x = 1", "x = 2")], "given whole and edited"),
        ({}, [Edit("z.py", "a", "b")], "no file 'z.py'"),
        ({"data.txt": "1"}, [], "data.txt may not be changed"),
    ],
)
def test_answers_that_are_refused_whole(files: dict[str, str], edits: list[Edit], words: str) -> None:
    with pytest.raises(EditError, match=words):
        apply_answer({A: SOURCE}, files, edits, editable=("*.py",))


def test_read_only_files_are_told_by_their_contents() -> None:
    assert forbidden_changes({"a.py": "1", "b.txt": "2"}, {"a.py": "3", "b.txt": "2"}, ["*.py"]) == []
    assert forbidden_changes({"a.py": "1", "b.txt": "2"}, {"a.py": "1"}, ["*.py"]) == ["b.txt"]


LINES = st.lists(st.sampled_from(["", "a", "  a", "    b = 1", "b = 1 ", "\tc", "if a:", "# é"]), max_size=8)
TEXTS = st.one_of(LINES.map("\n".join), st.text(alphabet="ab \n\t=", max_size=12))
EDITS = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4)


@given(source=TEXTS, pairs=EDITS)
def test_property_all_or_nothing_and_never_silently_unchanged(source: str, pairs: list[tuple[str, str]]) -> None:
    base = {A: source, "other.py": "kept\n"}
    try:
        made = apply_answer(base, {}, [Edit(A, *pair) for pair in pairs])
    except EditError:
        assert base == {A: source, "other.py": "kept\n"}
        return
    assert made["other.py"] == "kept\n"
    assert made[A] != source
    for _, replace in pairs:
        for line in replace.strip().splitlines():
            assert line.strip() in made[A], "each part of each replacement is there"


@given(head=LINES, body=LINES.filter(any), tail=LINES, new=TEXTS, mark=st.sampled_from(["UNIQUE", "x_1 = 2"]))
def test_property_a_unique_text_is_replaced_where_it_stands(
    head: list[str], body: list[str], tail: list[str], new: str, mark: str
) -> None:
    search = "\n".join([*body, mark])
    source = "\n".join([*head, search, *tail])
    if new == search:
        return
    expected = "\n".join([*head, new, *tail])
    if expected == source:
        return
    assert edited(source, (search, new)) == expected


@given(source=LINES.filter(any), indent=st.sampled_from(["    ", "\t", " "]))
def test_property_a_block_quoted_without_its_indentation_is_found(source: list[str], indent: str) -> None:
    block = ["def here():", "    return 1"]
    text = "\n".join([*source, *(indent + line for line in block), ""])
    made = edited(text, ("\n".join([*block[:1], block[1] + "  "]), "def here():\n    return 2"))
    assert made == text.replace("return 1", "return 2")
