from __future__ import annotations

from pathlib import Path

import pytest
from asi_evolve.errors import DomainError
from asi_evolve.executors.scorer import ScorerPool, ScorerSetup
from asi_evolve.records import Candidate, Execution, Job, Limits

PLUGIN = """
import os, time
from asi_evolve import Backend, Domain, Objective, Score, hookimpl

@hookimpl
def domain():
    seed = {"candidate.py": "def solve():\\n    return 1\\n"}
    return Domain(name="probe", title="Probe", task_markdown="", objective=Objective("x"),
                  backends={"numpy": Backend(seeds={"seed": seed})})

@hookimpl
def score(context, candidate, execution, hidden):
    wish = execution.outputs["wish"]
    if wish == "hang":
        time.sleep(60)
    if wish == "die":
        os.kill(os.getpid(), 11)
    if wish == "print":
        print("noise on stdout")
    if wish == "wrong":
        return 3.0
    secrets = [name for name in os.environ if "KEY" in name or "SECRET" in name]
    return Score(float(os.getpid()), True, metrics={"hidden": hidden["answer"], "secrets": len(secrets)})
"""


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not a key")
    path = tmp_path / "probe_plugin.py"
    path.write_text(PLUGIN)
    made = ScorerPool(ScorerSetup("abcdef", str(path), "numpy", {}), limit_s=2.0)
    yield made
    made.close()


def execution(wish: str, ref: str = "explore/0/0") -> Execution:
    return Execution(Job("explore", 0, 0, "numpy", Limits(), hidden_ref=ref), "ok", {"wish": wish})


CANDIDATE = Candidate("abcdef.1", {}, "candidate.py", "numpy")


def test_scores_come_from_another_process_without_keys(pool: ScorerPool) -> None:
    import os

    score = pool.score(CANDIDATE, execution("ok"), {"answer": 42.0})
    assert score.value != os.getpid()
    assert score.metrics == {"hidden": 42.0, "secrets": 0}


def test_hidden_parts_are_told_apart(pool: ScorerPool) -> None:
    pool.score(CANDIDATE, execution("ok", "a"), {"answer": 1.0})
    assert pool.score(CANDIDATE, execution("ok", "b"), {"answer": 2.0}).metrics["hidden"] == 2.0
    assert pool.score(CANDIDATE, execution("ok", "a"), {"answer": 1.0}).metrics["hidden"] == 1.0


def test_hidden_parts_that_were_dropped_are_sent_again(pool: ScorerPool) -> None:
    for i in range(70):  # more than the process keeps
        pool.score(CANDIDATE, execution("ok", str(i)), {"answer": float(i)})
    assert pool.score(CANDIDATE, execution("ok", "0"), {"answer": 0.5}).metrics["hidden"] == 0.5


@pytest.mark.parametrize(("wish", "says"), [("hang", "longer than 2 s"), ("die", "died"), ("wrong", "float")])
def test_a_faulty_scorer_is_reported_and_replaced(pool: ScorerPool, wish: str, says: str) -> None:
    with pytest.raises(DomainError, match=says):
        pool.score(CANDIDATE, execution(wish), {"answer": 1.0})
    assert pool.score(CANDIDATE, execution("ok"), {"answer": 7.0}).valid


def test_printing_does_not_garble_the_channel(pool: ScorerPool) -> None:
    assert pool.score(CANDIDATE, execution("print"), {"answer": 1.0}).valid


def test_a_plugin_that_cannot_be_loaded_there_is_named(tmp_path: Path) -> None:
    pool = ScorerPool(ScorerSetup("abcdef", str(tmp_path / "gone.py"), "numpy", {}))
    with pytest.raises(DomainError, match=r"gone\.py"):
        pool.score(CANDIDATE, execution("ok"), None)


def test_a_process_started_ahead_is_the_one_that_scores(pool: ScorerPool) -> None:
    pool.warm()
    started = pool._idle.queue[-1]
    assert started is not None
    assert started.alive
    assert pool.score(CANDIDATE, execution("ok"), {"answer": 1.0}).value == started._process.pid


def test_what_fails_ahead_is_told_by_the_score(tmp_path: Path) -> None:
    missing = ScorerPool(ScorerSetup("abcdef", str(tmp_path / "missing.py"), "numpy", {}))
    missing.warm()
    with pytest.raises(DomainError, match="could not load"):
        missing.score(CANDIDATE, execution("ok"), {"answer": 1.0})
    missing.close()
    missing.warm()
    assert list(missing._idle.queue) == [None]
