"""The scorer process: what it imports, and that it can be stopped."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from asi_evolve.errors import DomainError
from asi_evolve.executors.scorer import ScorerPool, ScorerSetup
from asi_evolve.records import Candidate, Execution, Job, Limits

PLUGIN = """
import time
from asi_evolve import Backend, Domain, Objective, Score, hookimpl

@hookimpl
def domain():
    seed = {"candidate.py": "def solve():\\n    return 1\\n"}
    return Domain(name="probe", title="Probe", task_markdown="", objective=Objective("x"),
                  backends={"numpy": Backend(seeds={"seed": seed})})

@hookimpl
def score(context, candidate, execution, hidden):
    if execution.outputs["wish"] == "hang":
        time.sleep(3600)
    if execution.outputs["wish"] == "talk":
        print("word " * 300_000, flush=True)
    if execution.outputs["wish"] == "die":
        import os, sys
        print("last words", file=sys.stderr, flush=True)
        os._exit(3)
    try:
        import planted_in_the_temporary_folder
    except ImportError:
        return Score(0.0, True)
    return Score(1.0, True)
"""
CANDIDATE = Candidate("abcdef.1", {}, "candidate.py", "numpy")


def execution(wish: str) -> Execution:
    return Execution(Job("explore", 0, 0, "numpy", Limits(), hidden_ref="explore/0/0"), "ok", {"wish": wish})


def make(tmp_path: Path, limit_s: float = 20.0) -> ScorerPool:
    path = tmp_path / "probe_review_plugin.py"
    path.write_text(PLUGIN)
    return ScorerPool(ScorerSetup("abcdef", str(path), "numpy", {}), limit_s=limit_s)


def test_nothing_is_imported_from_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "planted_in_the_temporary_folder.py").write_text("")
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    pool = make(tmp_path)
    try:
        assert pool.score(CANDIDATE, execution("ok"), None).value == 0.0
    finally:
        pool.close()


def test_a_module_beside_an_interactive_session_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "planted_in_the_temporary_folder.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    pool = make(tmp_path)
    try:
        assert pool.score(CANDIDATE, execution("ok"), None).value == 1.0
    finally:
        pool.close()


def test_close_ends_a_score_that_hangs(tmp_path: Path) -> None:
    pool = make(tmp_path, limit_s=3000.0)
    pool.score(CANDIDATE, execution("ok"), None)
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            pool.score(CANDIDATE, execution("hang"), None)
        except DomainError as error:
            raised.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.3)
    pool.close()
    asking.join(60)
    assert not asking.is_alive()
    assert len(raised) == 1
    assert "closed" in str(raised[0])


def test_hidden_data_that_cannot_travel_are_the_domains_fault(tmp_path: Path) -> None:
    pool = make(tmp_path)
    try:
        with pytest.raises(DomainError, match="cannot be sent"):
            pool.score(CANDIDATE, execution("ok"), lambda: None)
        assert pool.score(CANDIDATE, execution("ok"), None).value == 0.0
    finally:
        pool.close()


def test_what_a_scorer_prints_does_not_fill_the_disk(tmp_path: Path) -> None:
    pool = make(tmp_path)
    try:
        for _ in range(5):
            pool.score(CANDIDATE, execution("talk"), None)
        [scorer] = [item for item in pool._idle.queue if item is not None]
        assert os.fstat(scorer._log.fileno()).st_size < 2_000_000
        with pytest.raises(DomainError, match="last words"):
            pool.score(CANDIDATE, execution("die"), None)
    finally:
        pool.close()
