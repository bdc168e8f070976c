"""The data-only channel: what passes comes out equal, and what is not data is refused before it costs anything."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from asi_evolve.sandbox import wire
from hypothesis import given, settings
from hypothesis import strategies as st


def through(value, **options):
    frame = bytearray(wire.encode(value, **options))
    header, body = wire.sizes(frame, 1 << 31)
    start = wire.PREFIX.size
    assert len(frame) == start + header + body
    return wire.decode(frame[start : start + header], frame[start + header :])


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "$a", "$d", "é", ""]), inner),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(plain)
def test_plain_data_comes_out_equal(value):
    assert through(value) == value


@pytest.mark.parametrize("dtype", sorted(wire.DTYPES))
def test_arrays_keep_type_shape_and_values(dtype):
    array = (np.arange(24) % 2).astype(dtype).reshape(2, 3, 4).transpose(2, 0, 1)
    out = through({"x": [array, np.zeros((0, 3), dtype)]})["x"]
    assert out[0].dtype == array.dtype
    assert np.array_equal(out[0], array)
    assert out[0].flags.writeable
    assert out[1].shape == (0, 3)


def test_zero_dimensional_arrays_scalars_and_special_floats():
    out = through([np.array(2.5), np.float32(1.5), np.int64(3), np.bool_(True), 1 + 2j, math.nan, -math.inf])
    assert isinstance(out[0], np.ndarray)
    assert out[0].shape == ()
    assert out[1:5] == [1.5, 3, True, 1 + 2j]
    assert type(out[2]) is int
    assert math.isnan(out[5])
    assert out[6] == -math.inf


def test_tuples_survive_in_inputs_and_become_lists_in_results():
    assert through((1, (2, 3)), tuples=True) == (1, (2, 3))
    assert through((1, (2, 3))) == [1, [2, 3]]


class _Float(float):
    pass


def _cycle():
    out: list = []
    out.append(out)
    return out


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({1, 2}, "of type set"),
        (_Float(1), "of type _Float"),
        (object(), "of type object"),
        (b"bytes", "of type bytes"),
        ({1: 2}, "keys must be str"),
        (1 << 100, "101 bits"),
        (_cycle(), "nested deeper"),
        (np.array([None]), "dtype object"),
        (np.array(["a"]), "dtype <U1"),
        (np.zeros(2, dtype="datetime64[s]"), "dtype datetime64"),
        (np.ma.masked_array([1.0], [True]), "masked"),
        (np.zeros(1, dtype=[("a", "f8")]), "dtype"),
    ],
)
def test_what_is_not_data_is_named(value, words):
    with pytest.raises(wire.WireError, match=words):
        wire.encode({"a": [value]})


def test_too_large_is_refused():
    with pytest.raises(wire.TooLargeError):
        wire.encode(np.zeros(1000), limit=1000)
    with pytest.raises(wire.TooLargeError):
        wire.encode("x" * 2000, limit=1000)
    with pytest.raises(wire.TooLargeError):
        wire.sizes(b"\xff" * 8, 1 << 20)


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"not json", b""),
        (b"\xff\xfe", b""),
        (b'{"$a":["f8",[2]]}', bytes(8)),
        (b'{"$a":["f8",[-1]]}', bytes(16)),
        (b'{"$a":["f8",[1e3]]}', bytes(16)),
        (b'{"$a":["O",[1]]}', bytes(16)),
        (b'{"$a":["f8",[99999999999,99999999999]]}', bytes(16)),
        (b'{"$a":["f8",[0,99999999999999]]}', b""),
        (b'{"$a":["f8"]}', bytes(16)),
        (b'{"$a":["b1",[1]]}', b"\x02" + bytes(15)),
        (b'{"$x":1}', b""),
        (b'{"$a":1,"b":2}', b""),
        (b'{"$c":[1,"2"]}', b""),
        (b"[1]", bytes(16)),
        (b'"\\ud800"', b""),
        (b'{"\\udfff":1}', b""),
        (b"9" * 50, b""),
        (b"[" * 100_000, b""),
        (b"[" * 40 + b"]" * 40, b""),
        (b"[" + b"0," * 2_100_000 + b"0]", b""),
    ],
)
def test_malformed_frames_are_refused(header, body):
    with pytest.raises(wire.WireError):
        wire.decode(header, body)


def test_the_header_is_json_without_pickle_marks():
    frame = wire.encode({"a": [1, 2.5, "x"]})
    assert json.loads(frame[wire.PREFIX.size :]) == {"a": [1, 2.5, "x"]}
