"""`plugins check`: what a plugin author did wrong, where, and the mend; it is as strict as a run."""

from __future__ import annotations

import pytest
from asi_evolve.cli.plugincheck import inputs_fault

CHECK = ("--sandbox", "none")
GOOD = 'return Score(value=x, valid=True, metrics={"square": x * x})'


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (GOOD, None),
        ("return x", "score() returned a float; return Score(value=..., valid=...)"),
        ("pass", "score() returned None (is a return missing?); return Score("),
        ('return Score(float("nan"), True)', "score() returned a valid Score with the value nan"),
        ("return Score(None, True)", "score() returned a valid Score with the value None"),
        ('return Score(x, True, metrics={"a": "b"})', "metrics['a'] = 'b', which is not a number"),
        ("return Score(value=x, valide=True)", "'valide' (did you mean 'valid'"),
        ('import json; json.loads("{")', "score() raised JSONDecodeError"),
    ],
)
def test_what_score_returns(invoke, plugin_file, tmp_path, answer, words):
    text = plugin_file.read_text()
    line = text[: text.index(GOOD)].count("\n") + 1
    (tmp_path / "own.py").write_text(text.replace(GOOD, answer))
    done = invoke("plugins", "check", "own.py", *CHECK, code=0 if words is None else 1)
    if words is None:
        assert "ok    seed weak" in done.stdout
        return
    assert words in done.stdout
    if "raised" in done.stdout:
        assert f"(own.py:{line})" in done.stdout  # the plugin's line, not that of the library it called


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ('{"n": 2}', "inputs() returned a dict; return the pair (public, hidden)"),
        ('{"a": 1, "b": 2}', "inputs() returned a dict; return the pair (public, hidden)"),
        ("({}, None, 3)", "inputs() returned (dict, NoneType, int); return (public, hidden)"),
        ("1 / 0", "inputs() raised ZeroDivisionError: division by zero (own.py:"),
    ],
)
def test_what_inputs_returns(invoke, plugin_file, tmp_path, answer, words):
    hook = f"\n\n@hookimpl\ndef inputs(seed):\n    return {answer}\n"
    (tmp_path / "own.py").write_text(plugin_file.read_text() + hook)
    assert words in invoke("plugins", "check", "own.py", *CHECK, code=1).stdout


def test_inputs_that_are_right():
    assert [inputs_fault(answer) for answer in (None, ({}, None), [{"n": 1}, 2])] == ["", "", ""]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('(Slot("guess", doc="makes the number"),)', '(Slot("guess", doc="makes the number"))', "write (Slot(...),)"),
        ('(Slot("guess", doc="makes the number"),)', '("guess", "solve")', "write Slot('guess')"),
    ],
)
def test_a_wrong_type_is_bad_input_and_no_bug(invoke, error_line, plugin_file, tmp_path, before, after, words):
    (tmp_path / "own.py").write_text(plugin_file.read_text().replace(before, after))
    line = error_line(invoke("run", "--plugin", "./own.py", code=2))
    assert words in line
    assert "own.py" in line


def test_a_seed_that_a_run_would_not_let_through_is_refused(invoke, plugin_file, tmp_path):
    """As every program of a run is read before it is executed."""
    text = plugin_file.read_text()
    assert "def solve(" in text
    (tmp_path / "own.py").write_text(text.replace("def solve(", "import socket\n\n\ndef solve(", 1))
    done = invoke("plugins", "check", "own.py", *CHECK, code=1)
    assert "check static refuses it" in done.stdout
    assert "socket" in done.stdout
