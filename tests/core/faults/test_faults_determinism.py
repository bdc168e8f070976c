"""The same seed gives the same run on a busy machine and with other hash seeds; ordered workers too; and it replays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from faultlab.place import DOMAIN, Place

CIRCLES = (
    *("--plugin", "circle_packing", "run", "--set", "domain.problem=square-10"),
    *("--set", "domain.cpu_seconds=20", "--rounds", 6),
)
TOY = ("--plugin", Path(__file__).parents[1] / "toy_domain.py", "run", "--rounds", 12)
OURS = ("--plugin", DOMAIN, "run", "--rounds", 12)


@contextmanager
def busy(count: int) -> Iterator[None]:
    """That many processes that only compute."""
    burning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for each in burning:
            each.kill()
            each.wait()


def made(folder: Path, *args: object, hash_seed: int = 0) -> Place:
    place = Place(folder)
    env = {"PYTHONHASHSEED": str(hash_seed)}
    run = place.start(*args, "--seed", 5, "--trust", "mine", "--db", place.db, env=env)
    assert run.wait() == 0, run.err()
    return place


@pytest.mark.slow
@pytest.mark.parametrize("command", [TOY, CIRCLES], ids=["toy", "circle_packing"])
def test_one_worker_repeats_on_a_busy_machine_and_with_other_hash_seeds(tmp_path: Path, command: Any) -> None:
    if command is CIRCLES:
        pytest.importorskip("scipy")
    first = made(tmp_path / "a", *command, "--workers", 1)
    with busy(2 * (os.cpu_count() or 1)):
        for seed in (1, 4242):
            again = made(tmp_path / f"h{seed}", *command, "--workers", 1, hash_seed=seed)
            assert again.story() == first.story()
    replayed = first.say("replay", "--json")
    assert replayed.code == 0, replayed.out()[-500:]
    assert json.loads(replayed.out())["same"] is True


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 4])
def test_ordered_workers_repeat_on_a_busy_machine(tmp_path: Path, workers: int) -> None:
    first = made(tmp_path / "a", *OURS, "--workers", workers, "--ordered")
    with busy(2 * (os.cpu_count() or 1)):
        again = made(tmp_path / "b", *OURS, "--workers", workers, "--ordered", hash_seed=7)
    assert again.story() == first.story()
    replayed = first.say("replay")
    assert replayed.code == 0, replayed.out()[-500:]


@pytest.mark.slow
def test_four_workers_that_take_turns_by_chance_replay(tmp_path: Path) -> None:
    if (os.cpu_count() or 1) < 2:
        pytest.skip("one processor: workers hardly overtake each other")
    with busy(2):
        place = made(tmp_path / "a", *OURS, "--workers", 4, "--rounds", 30)
    replayed = place.say("replay", "--json")
    assert replayed.code == 0, replayed.out()[-800:]
