"""Faults of the sandbox itself are no verdict on a candidate, and its cleaning stays inside its folder."""

from __future__ import annotations

import os
import threading

import pytest
from asi_evolve.errors import SandboxError
from asi_evolve.sandbox import Limits, Sandbox, meter, probe, supervise, wire

BEST = next(tier for tier in ("A", "B", "E") if probe()[tier].available)
ONE = "def f():\n    return 1\n"
SHORT = Limits(wall_s=20, cpu_s=5, memory_mb=256, disk_mb=8)


@pytest.fixture(scope="module")
def box():
    with Sandbox(SHORT, tier=BEST) as sandbox:
        yield sandbox


@pytest.mark.parametrize("missing", ["token", "mode", "entry", "function", "seed", "files"])
def test_a_job_that_we_made_badly_is_not_the_candidates_error(box, monkeypatch, missing):
    load = box._load

    def spoiled(*args, **kwargs):
        return {name: value for name, value in load(*args, **kwargs).items() if name != missing}

    if missing == "token":
        encode = wire.encode

        def without(value, **kwargs):
            value = {name: each for name, each in value.items() if name != "token"} if "mode" in value else value
            return encode(value, **kwargs)

        monkeypatch.setattr(wire, "encode", without)
    monkeypatch.setattr(box, "_load", spoiled)
    outcome = box.call(ONE, "f")
    assert outcome.status == "killed"
    assert outcome.error.startswith("the sandbox itself failed: KeyError")


def test_a_call_that_we_made_badly_is_not_the_candidates_error(box, monkeypatch):
    def of(args, kwargs):
        return supervise.Call(wire.encode({"args": [], "kwargs": {}}), "t")

    monkeypatch.setattr(supervise.Call, "of", of)
    outcome = box.call(ONE, "f")
    assert (outcome.status, outcome.error) == ("killed", "the sandbox itself failed: KeyError: 'token'")


def test_a_fault_of_the_warden_is_raised(box, monkeypatch):
    # A limit of a type that no user can give (they are checked): the warden stumbles over it.
    submit = box._running().submit
    monkeypatch.setattr(box._running(), "submit", lambda limits, fds: submit({**limits, "memory_mb": "much"}, fds))
    with pytest.raises(SandboxError, match="sandbox:"):
        box.call(ONE, "f")


def test_the_same_mistakes_of_a_candidate_are_its_own(box):
    outcome = box.call("def f():\n    return {}['token']\n", "f")
    assert outcome.status == "error"
    assert "KeyError" in outcome.error


def test_counting_ends_at_the_limit(tmp_path):
    for number in range(50):
        (tmp_path / str(number)).write_bytes(b"x" * 5000)
    assert meter.disk(str(tmp_path))[1] == 50
    assert meter.disk(str(tmp_path), 1 << 40, 10)[1] == 11
    assert meter.disk(str(tmp_path), 20000)[0] < 50000


def test_a_tree_is_removed_whatever_is_in_it(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    box = tmp_path / "box"
    (box / "closed" / "deep").mkdir(parents=True)
    (box / "closed" / "deep" / "file").write_text("x")
    (box / "link").symlink_to(outside)
    (box / "closed").chmod(0)
    here = os.getcwd()
    os.chdir(box)
    for _ in range(300):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    os.chdir(here)
    meter.remove_tree(str(box))
    assert not box.exists()
    assert (outside / "kept").read_text() == "x"


def test_removing_beside_somebody_who_swaps_names_touches_nothing_outside(tmp_path):
    outside = tmp_path / "outside"
    (outside / "a").mkdir(parents=True)
    kept = [outside / str(number) for number in range(20)] + [outside / "a" / "file"]
    for path in kept:
        path.write_text("x")
    box = tmp_path / "box"
    stop = threading.Event()

    def swap():
        while not stop.is_set():
            try:
                os.makedirs(box / "a" / "b", exist_ok=True)
                if not os.path.islink(box / "l"):
                    os.symlink(outside, box / "l")
                os.rename(box / "a", box / "c")
                os.rename(box / "l", box / "a")
                os.rename(box / "c" / "b", box / "up")
                os.rename(box / "a", box / "l")
            except OSError:
                continue

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(300):
            meter.remove_tree(str(box))
    finally:
        stop.set()
        thread.join()
    assert all(path.read_text() == "x" for path in kept)


def emit(supervision, number):
    data = wire.encode({"emit": {"n": number}})
    header, _ = wire.sizes(data, 1 << 20)
    middle = wire.PREFIX.size + header
    supervision._frame(bytearray(data[wire.PREFIX.size : middle]), bytearray(data[middle:]))


def supervision():
    return supervise.Supervision(None, SHORT, b"", "", None, None)


def test_a_flood_of_emissions_is_refused_and_what_is_below_it_is_kept(monkeypatch):
    monkeypatch.setattr(supervise, "_EMISSIONS_AT_ONCE", 100)
    slow = supervision()
    for number in range(1000):
        slow.begun -= 0.001  # a thousand a second
        emit(slow, number)
    assert not slow.violation
    assert wire.decode(*slow.emissions[-1]) == {"emit": {"n": 999}}
    assert len(slow.emissions) <= supervise.KEPT_EMISSIONS
    monkeypatch.setattr(supervise, "_EMISSIONS_A_SECOND", 0)
    fast = supervision()
    for number in range(101):
        assert not fast.violation
        emit(fast, number)
    assert fast.violation.startswith("it emitted 101 times in ")


def test_large_emissions_are_thinned_by_bytes_and_by_values(monkeypatch):
    monkeypatch.setattr(supervise, "_EMITTED_MARKS", 40)
    many = supervision()
    for number in range(500):
        emit(many, number)
        assert many.emitted_bytes == sum(len(a) + len(b) for a, b in many.emissions)
        assert many.emitted_marks == sum(many.marks) <= 40
    assert wire.decode(*many.emissions[-1]) == {"emit": {"n": 499}}
