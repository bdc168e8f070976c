"""The cases of ``benchmarks/faults.py`` in a short form: runs of few rounds."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ["FAULTS_ROUNDS"] = "6"
sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from faultlab.place import Place, adopting


@pytest.fixture(autouse=True)
def _adopt() -> Iterator[None]:
    with adopting():
        yield


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "p")
    yield made
    made.close()


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[tuple[Any, ...]], float]:
    """What the run without a fault records, and how long it takes here, seconds."""
    with adopting():
        made = Place(tmp_path_factory.mktemp("reference") / "p")
        began = time.monotonic()
        run = made.run(1)
        assert run.wait() == 0, run.err()
        seconds = time.monotonic() - began
        story = made.story()
        made.close()
    return story, seconds
