from __future__ import annotations

import pytest
from asi_evolve.source.constants import read_constants, set_constants
from asi_evolve.source.slots import SourceError
from asi_evolve.source.tree import read
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """from asi_evolve import tunable as t
import asi_evolve as ae
from asi_evolve import tunable

SIZE = tunable(3, 1, 9)


def search(x, depth=tunable(2, 1, 4)):
    rate = tunable(1e-3, 1e-5, 0.1, log=True)  # ü: bytes and characters differ
    kind = ae.tunable("fast", choices=("fast", "slow"))
    a, b = tunable(-1.5, -2.0, 0.0), tunable(True)
    call(tunable(0.5, 0.0, 1.0), width=tunable(0.25, 0.0, 1.0)); rate = tunable(default=0.5, low=0.0, high=1.0)
    options = {"k": tunable((1, 2), choices=[(1, 2), (3, 4)])}
    broken = tunable(x, 1, 2)
    empty = tunable(1.0, 3.0, 2.0)
    bad_log = tunable(1.0, 0.0, 2.0, log=True)

    def inner():
        return tunable(7, 1, 10)
"""


def test_every_kind_is_read_under_a_stable_name() -> None:
    found = {c.name: c for c in read_constants(SOURCE)}
    assert list(found) == [
        "SIZE",
        "search.depth",
        "search.rate",
        "search.kind",
        "search.a",
        "search.b",
        "search.value",
        "search.width",
        "search.rate#2",
        "search.k",
        "search.inner.value",
    ]
    assert found["SIZE"].integer
    assert (found["search.rate"].low, found["search.rate"].high, found["search.rate"].log) == (1e-5, 0.1, True)
    assert found["search.a"].value == -1.5
    assert found["search.kind"].choices == ("fast", "slow")
    assert found["search.b"].alternatives == (False, True)
    assert found["search.k"].choices == ((1, 2), (3, 4))
    assert not found["search.kind"].numeric


def test_setting_changes_first_arguments_only() -> None:
    new = set_constants(SOURCE, {"SIZE": 5, "search.rate": 0.01, "search.kind": "slow", "search.b": False,
                                 "search.rate#2": 1, "search.k": (3, 4), "search.width": 0.125})  # fmt: skip
    values = {c.name: c.value for c in read_constants(new)}
    assert values["SIZE"] == 5
    assert values["search.rate"] == 0.01
    assert values["search.rate#2"] == 1.0
    assert values["search.kind"] == "slow"
    assert values["search.k"] == (3, 4)
    assert "tunable(0.01, 1e-5, 0.1, log=True)  # ü: bytes" in new
    assert "tunable(default=1.0, low=0.0" in new
    back = set_constants(new, {"SIZE": 3, "search.rate": 1e-3, "search.kind": "fast", "search.b": True,
                               "search.rate#2": 0.5, "search.k": (1, 2), "search.width": 0.25})  # fmt: skip
    assert {c.name: c.value for c in read_constants(back)} == {c.name: c.value for c in read_constants(SOURCE)}
    assert set_constants(SOURCE, {}) == SOURCE


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("search.rat", 1.0, "did you mean 'search.rate'"),
        ("search.rate", 0.2, "must lie in"),
        ("search.rate", float("nan"), "finite"),
        ("search.rate", True, "must be a number"),
        ("SIZE", 2.0, "whole number"),
        ("SIZE", 10, "must lie in"),
        ("search.kind", "slower", "must be one of"),
        ("search.b", 1, "must be one of"),
    ],
)
def test_values_outside_the_declaration_are_refused(name: str, value: object, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        set_constants(SOURCE, {name: value})
    assert name in str(caught.value)


def test_bounds_are_inside() -> None:
    for value in (1e-5, 0.1):
        assert set_constants(SOURCE, {"search.rate": value})
    for value in (1, 9):
        assert set_constants(SOURCE, {"SIZE": value})


numbers = st.one_of(
    st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: x + 0.0), st.booleans()
)
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(numbers, words), min_size=1, max_size=5), st.data())
def test_any_values_round_trip(values: list[object], data: st.DataObject) -> None:
    lines = [f"    v{i} = tunable({value!r}) # {value!r}" for i, value in enumerate(values)]
    source = "def f():\n" + "\n".join(lines) + "\n    return 'ünï'\n"
    found = read_constants(source)
    assert [c.value for c in found] == values
    new: dict[str, object] = {}
    for constant in found:
        kind = type(constant.value)
        new[constant.name] = data.draw(
            {bool: st.booleans(), int: st.integers(), float: st.floats(allow_nan=False, allow_infinity=False)}.get(
                kind, words
            )
        )
    changed = set_constants(source, new)
    assert {c.name: c.value for c in read_constants(changed)} == new
    assert set_constants(changed, {c.name: c.value for c in found}) == set_constants(
        source, {c.name: c.value for c in found}
    )


def test_reading_is_shared_and_harmless() -> None:
    assert read(SOURCE) is read(SOURCE)
