"""Every fault of ``benchmarks/faults.py`` once, on short runs; the many trials are the benchmark's."""

from __future__ import annotations

import random
import sys
from typing import Any

import pytest
from faultlab.cases import CASES
from faultlab.place import Place, Skip

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
    pytest.mark.timeout(900),  # a busy machine takes its time
]

#: In every test run; the others with ``-m slow``.
QUICK = (
    *("kill-server", "kill-warden", "sigterm", "sighup", "sigint-twice", "closed-pipe", "disk-full", "clock"),
    *("damaged-log", "damaged-block", "two-runs", "dead-lock"),
)
#: Trials of `kill`: inside a commit with one worker; just after a round was shown with three.
KILLS = (2, 5)


def _trials() -> list[Any]:
    found = [pytest.param("kill", number, id=f"kill-{number}") for number in KILLS]
    for name in CASES:
        if name != "kill":
            found.append(pytest.param(name, 0, id=name, marks=[] if name in QUICK else [pytest.mark.slow]))
    return found


@pytest.mark.parametrize(("name", "number"), _trials())
def test_fault(name: str, number: int, place: Place, reference: tuple[list[tuple[Any, ...]], float]) -> None:
    story, seconds = reference
    try:
        CASES[name].do(place, random.Random(f"test {name} {number}"), story, seconds, number)
    except Skip as reason:
        pytest.skip(str(reason))
