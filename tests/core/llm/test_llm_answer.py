"""Reading an answer: one object, however it is wrapped; everything else is an error in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asi_evolve.llm.objects import AnswerError
from asi_evolve.proposers.llm.answer import SCHEMA, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WHOLE = {
    "motivation": "Because.",
    "expected_effect": "More.",
    "used": [{"id": "A1", "how": "its idea"}],
    "files": [{"path": "candidate.py", "source": "x = 1\n"}],
    "edits": [],
}
META = {key: WHOLE[key] for key in ("motivation", "expected_effect", "used")}


def answer(**changes: Any) -> str:
    return json.dumps({**WHOLE, **changes})


def refusal(text: str) -> str:
    with pytest.raises(AnswerError) as caught:
        parse(text, "candidate.py")
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        answer(),
        f"  {answer()}\n",
        f"Here is my answer.\n\n```json\n{json.dumps(WHOLE, indent=2)}\n```\n\nI hope that it helps.",
        f"~~~\n{answer()}\n~~~",
        f"I think that this is best:\n{answer()}\nDone.",
        f"```json\n{json.dumps(META)}\n```\nThe program:\n```python\nx = 1\n```\n",
    ],
)
def test_one_object_however_it_is_wrapped(text: str) -> None:
    parsed = parse(text, "candidate.py")
    assert parsed.motivation == "Because."
    assert parsed.expected_effect == "More."
    assert parsed.used == (("A1", "its idea"),)
    assert parsed.files == {"candidate.py": "x = 1\n"}
    assert parsed.edits == ()


def test_code_in_json_may_hold_fences_and_braces() -> None:
    source = '"""\n```python\n{"motivation": 1}\n```\n"""\nx = {}\n'
    parsed = parse(answer(files=[{"path": "candidate.py", "source": source}]), "candidate.py")
    assert parsed.files["candidate.py"] == source


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("I cannot do that.", "no JSON object"),
        ("[1, 2]", "no JSON object"),
        (answer()[:-20], "no JSON object"),
        ("```python\nx = 1\n```", "no JSON object"),
        (f"{answer()}\n{answer()}", "2 JSON objects"),
        (f"```json\n{json.dumps(META)}\n```\n```python\nx = 1\n```\n```python\nx = 2\n```", "2 blocks of code"),
        (answer(files=[], edits=[]), "neither"),
        (answer(motivation="  "), "`motivation` is missing"),
        (answer(motivation=3), "`motivation` is missing"),
        (answer(expected_effect=None), "`expected_effect` is missing"),
        (answer(used=None), "`used` must be a list"),
        (answer(used="A1"), "`used` must be a list"),
        (answer(used=["A1"]), "`used` must be a list"),
        (answer(used=[{"id": 3, "how": ""}]), "no text `id`"),
        (answer(files=[{"path": "a.py"}]), "no text `source`"),
        (answer(files=[{"path": "a.py", "source": "1"}] * 2), "'a.py' twice"),
        (answer(edits=[{"path": "a.py", "search": "x"}]), "no text `replace`"),
        (answer(used=[{"id": "a", "how": ""}] * 65), "65 entries"),
        ("{" * 100_000, "no JSON object"),
        ("[" * 100_000, "no JSON object"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    assert words in refusal(text)


def test_many_open_fences_are_read_in_one_pass() -> None:
    """Looking for the end of each one anew would take an hour here."""
    with pytest.raises(AnswerError, match="no JSON object"):
        parse("```x\n" * 200_000, "c.py")


def test_half_characters_do_not_get_into_files() -> None:
    parsed = parse(
        '{"motivation": "m", "expected_effect": "e", "used": [], "files": [{"path": "a.py", "source": "\\ud800"}]}',
        "a.py",
    )
    parsed.files["a.py"].encode("utf-8")


def test_words_are_cut_with_a_mark() -> None:
    assert parse(answer(motivation="w" * 9000), "candidate.py").motivation.endswith(" [cut]")


def test_the_schema_names_what_is_read() -> None:
    assert set(SCHEMA["properties"]) == set(WHOLE) == set(SCHEMA["required"])
    assert SCHEMA["additionalProperties"] is False


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*WHOLE, "path", "id"]), inner),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(value=JSON)
def test_property_anything_is_read_or_refused(value: Any) -> None:
    try:
        parsed = parse(json.dumps(value), "candidate.py")
    except AnswerError:
        return
    assert parsed.motivation
    assert parsed.files or parsed.edits


@given(text=st.text(alphabet='{}[]"`~\n\\: ,abc', max_size=80))
def test_property_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(AnswerError):
        parse(text, "candidate.py")
