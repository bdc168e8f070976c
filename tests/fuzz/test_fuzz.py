"""Readers of what comes from elsewhere raise nothing but what they document: a few thousand inputs for each.

The long form, a million inputs, is ``python benchmarks/fuzz.py``.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parent))

from mutate import mutated
from targets import TARGETS, _folder

#: Targets that take milliseconds for one input.
SLOW = ("source", "sql", "scorer", "words", "metadata")


@pytest.fixture(scope="module", autouse=True)
def tidy() -> Iterator[None]:
    yield
    shutil.rmtree(_folder(), ignore_errors=True)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_accepted(name: str) -> None:
    target = TARGETS[name]
    assert any(target(seed) for seed in target.seeds)


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_the_documented_errors(name: str) -> None:
    target = TARGETS[name]

    @settings(
        max_examples=60 if name in SLOW else 200,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.one_of(
            st.binary(max_size=300),
            st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
            st.integers(0, 2**32).map(lambda seed: mutated(target.seeds, random.Random(seed))),
        )
    )
    def check(data: bytes) -> None:
        target(data)

    check()


@pytest.mark.parametrize("name", TARGETS)
def test_changed_copies_of_valid_inputs(name: str) -> None:
    target, rng = TARGETS[name], random.Random(f"{name} 1")
    accepted = 0
    for _ in range(150 if name in SLOW else 600):
        data = mutated(target.seeds, rng)
        try:
            accepted += target(data)
        except Exception as error:
            raise AssertionError(f"{name}: {type(error).__name__}: {error} for {data!r}") from error
    assert accepted > 0  # the changes are small enough that more than the first look is tried
