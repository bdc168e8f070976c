"""Text and values from strangers are made safe."""

from __future__ import annotations

import json
import math

import numpy as np
from asi_evolve.report.text import csv_cell, number, one_line, plain, printable, seconds
from hypothesis import given
from hypothesis import strategies as st


@given(st.text())
def test_printable_leaves_no_control_character(text):
    shown = printable(text)
    assert all(char in "\n\t" or (ord(char) >= 32 and not 0x7F <= ord(char) < 0xA0) for char in shown)
    assert "\u202e" not in shown
    line = one_line(text, 20)
    assert len(line) <= 20
    assert "\n" not in line
    assert "\t" not in line


@given(st.text())
def test_no_cell_is_a_formula(text):
    assert not csv_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert csv_cell(text).endswith(text)


def test_plain_is_json():
    value = {"a": np.float64(1.5), "b": np.arange(3), "c": (1, math.nan, math.inf), 4: {"x"}, "d": b"\x01"}
    found = json.loads(json.dumps(plain(value), allow_nan=False))
    assert found == {"a": 1.5, "b": [0, 1, 2], "c": [1, None, None], "4": ["x"], "d": "01"}


def test_numbers_and_durations():
    assert number(None) == "-"
    assert number(2.6359830849) == "2.635983085"
    assert (seconds(None), seconds(4.21), seconds(65), seconds(3725)) == ("-", "4.2 s", "1 min 05 s", "1 h 02 min")
