"""How a run stops when something goes wrong beside it: no deadlock, no lost count, no round that goes on alone."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import asi_evolve as ae
import pytest
from asi_evolve.api import resume
from asi_evolve.budget import Meter
from asi_evolve.errors import DiskFullError
from asi_evolve.loop import Silence
from asi_evolve.loop.driver import Driver
from asi_evolve.records import Experiment
from asi_evolve.store import Store, open_store

TOY = str(Path(__file__).parents[1] / "toy_domain.py")


def test_a_budget_that_ends_with_the_last_round_stopped_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def exceeded(self: Meter) -> str | None:
        asked.append(1)
        return "the wall-time budget of 1 s is used up" if len(asked) > 2 else None

    monkeypatch.setattr(Meter, "exceeded", exceeded)
    run = ae.run(TOY, rounds=2, seed=3, workers=1, db=tmp_path / "t.duckdb")
    assert run.outcome is not None
    assert (run.outcome.status, run.outcome.exit_code, run.outcome.done) == ("completed", 0, 2)
    run = resume(tmp_path / "t.duckdb", rounds=1)
    assert run.outcome is not None
    assert (run.outcome.status, run.outcome.exit_code, run.outcome.done) == ("budget", 3, 2)


def test_a_failed_commit_ends_the_run_though_a_worker_waits_for_the_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer's thread reports the failure; it must not need a lock whose holder waits for the writer."""
    record, failed = Store.record, threading.Event()

    def failing(self: Store, experiment: Experiment, **more: Any) -> Future[None]:
        if experiment.round != 2:
            return record(self, experiment, **more)
        future: Future[None] = Future()
        future.set_running_or_notify_cancel()

        def fail(_: Any) -> None:
            failed.set()
            future.set_exception(DiskFullError("no space left"))

        self._writer.submit(lambda batch: None).add_done_callback(fail)
        return future

    judge = Driver._judge

    def waiting(self: Driver, experiment: Experiment) -> None:
        # Still under the run's lock, after record(): as a load from the store does on behalf of an analyzer.
        if experiment.round == 2:
            failed.wait(5)
            self._store.flush()
        judge(self, experiment)

    monkeypatch.setattr(Store, "record", failing)
    monkeypatch.setattr(Driver, "_judge", waiting)
    made: list[ae.Run] = []

    def go() -> None:
        made.append(ae.run(TOY, rounds=5, seed=3, workers=1, db=tmp_path / "t.duckdb"))

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    outcome = made[0].outcome
    assert outcome is not None
    assert (outcome.status, outcome.exit_code) == ("failed", 1)
    assert "no space left" in outcome.reason
    assert outcome.done == sum(row["round"] > 0 for row in made[0].rows())


def test_progress_that_raises_stops_the_run_and_nothing_bogus_is_recorded(tmp_path: Path) -> None:
    class Broken(Silence):
        def on_experiment(self, experiment: Experiment, done: int, total: int, is_best: bool) -> None:
            if done == 2:
                raise RuntimeError("the display is gone")

    db = tmp_path / "t.duckdb"
    with pytest.raises(RuntimeError, match="the display is gone"):
        ae.run(TOY, rounds=400, seed=3, workers=2, db=db, progress=Broken())
    with open_store(db) as store:  # nothing holds it, and nothing goes on
        entries = store.entries(store.resolve_run(None))
    assert "killed" not in {entry.status for entry in entries}
    run = resume(db, rounds=1)
    assert run.outcome is not None
    assert run.outcome.exit_code == 0


HANGING = """
import time
from asi_evolve import Backend, Domain, Objective, Score, hookimpl

@hookimpl
def domain():
    source = "from asi_evolve import tunable\\ndef solve():\\n    return {'x': tunable(1.0, low=0.0, high=2.0)}\\n"
    seed = {"candidate.py": source}
    return Domain(name="hanging", title="Hanging", task_markdown="", objective=Objective("x"), rounds=3,
                  backends={"numpy": Backend(seeds={"seed": seed})})

@hookimpl
def WHERE
    open(__file__ + ".reached", "w").close()
    time.sleep(3600)
"""


@pytest.mark.parametrize("where", ["score(context, candidate, execution, hidden):", "inputs(context):"])
def test_sigterm_stops_a_run_whose_hook_hangs(tmp_path: Path, where: str) -> None:
    path = tmp_path / "hanging.py"
    text = HANGING.replace("WHERE", where)
    if where.startswith("inputs"):
        text += "\n@hookimpl\ndef score(context, execution):\n    return Score(1.0, True)\n"
    path.write_text(text)
    code = (
        "import sys, asi_evolve as ae, asi_evolve.loop.driver as d; d._GRACE_S = 2.0\n"
        "sys.exit(ae.run(sys.argv[1], proposer__name='random', workers=1, db=sys.argv[2]).outcome.exit_code)"
    )
    started = subprocess.Popen([sys.executable, "-c", code, str(path), str(tmp_path / "t.duckdb")])
    deadline = time.monotonic() + 120
    while not Path(f"{path}.reached").exists() and time.monotonic() < deadline:
        assert started.poll() is None
        time.sleep(0.05)
    started.send_signal(signal.SIGTERM)
    assert started.wait(120) == 143
