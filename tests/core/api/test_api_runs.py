"""Whole runs on the toy domain: what is recorded, how they end, and that they can be trusted to repeat."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import asi_evolve as ae
import pytest
from asi_evolve.api import fork, resume
from asi_evolve.errors import ConfigError, UsageError

TOY = str(Path(__file__).parents[1] / "toy_domain.py")


def toy(tmp_path: Path, **settings: Any) -> ae.Run:
    given: dict[str, Any] = {"rounds": 8, "seed": 3, "workers": 1, "db": tmp_path / "t.duckdb", **settings}
    return ae.run(TOY, **given)


def story(run: ae.Run) -> list[tuple[Any, ...]]:
    """Everything that must repeat: programs, parents, values, words."""
    told = []
    for row in run.rows():
        experiment = run.experiment(row["experiment_id"])
        told.append(
            (
                experiment.experiment_id.partition(".")[2],
                experiment.candidate.files,
                tuple(parent.partition(".")[2] for parent in experiment.candidate.parents),
                experiment.status,
                experiment.value,
                experiment.candidate.motivation.replace(run.run_id, "RUN"),
            )
        )
    return told


def test_a_run_records_seed_and_rounds_and_improves(tmp_path: Path) -> None:
    run = toy(tmp_path, rounds=12)
    assert run.outcome is not None
    assert (run.outcome.status, run.outcome.exit_code, run.outcome.done) == ("completed", 0, 12)
    rows = run.rows()
    assert [row["round"] for row in rows] == list(range(13))
    seed, best = run.experiment("s0"), run.best()
    assert seed.value == 1.0
    assert best is not None
    assert best.value is not None
    assert best.value > 1.0
    assert run.outcome.reproduced is True
    assert run.info.status == "completed"
    assert run.info.seed == 3


def test_failures_are_experiments_too(tmp_path: Path) -> None:
    run = toy(tmp_path, rounds=25, proposer__name="random", seed=1)
    by_status = {row["status"] for row in run.rows()}
    assert {"ok", "error", "invalid_result"} <= by_status
    broken = next(run.experiment(row["experiment_id"]) for row in run.rows() if row["status"] == "error")
    assert broken.value is None
    assert "ZeroDivisionError" in broken.executions[-1].error
    assert all(row["value"] is None for row in run.rows() if row["status"] != "ok")


def test_same_seed_same_run_whatever_the_hash_seed(tmp_path: Path) -> None:
    code = (
        "import json, sys, asi_evolve as ae; sys.path.insert(0, sys.argv[3])\n"
        "from test_api_runs import story\n"
        "run = ae.run(sys.argv[1], rounds=8, seed=3, workers=1, db=sys.argv[2])\n"
        "print(json.dumps(story(run)))"
    )
    told = []
    for hash_seed in ("0", "4242"):
        made = subprocess.run(
            [sys.executable, "-c", code, TOY, str(tmp_path / f"h{hash_seed}.duckdb"), str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert made.returncode == 0, made.stderr
        told.append(json.loads(made.stdout))
    assert told[0] == told[1]
    assert len({json.dumps(row[1]) for row in told[0]}) > 4  # a run that repeats one program would pass otherwise


def test_another_seed_gives_another_run(tmp_path: Path) -> None:
    first = toy(tmp_path, seed=3)
    second = toy(tmp_path, seed=4)
    assert story(first) != story(second)


def test_five_and_five_more_equal_ten(tmp_path: Path) -> None:
    whole = toy(tmp_path / "a", rounds=10) if (tmp_path / "a").mkdir() is None else None
    assert whole is not None
    (tmp_path / "b").mkdir()
    part = toy(tmp_path / "b", rounds=5)
    more = resume(part.db, part.run_id, rounds=5)
    assert more.outcome is not None
    assert more.outcome.done == 10
    assert story(more) == story(whole)


@pytest.mark.parametrize("sampler", ["ucb1", "greedy", "random", "map_elites", "islands", "top_k"])
def test_resume_is_exact_with_every_sampler(tmp_path: Path, sampler: str) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    whole = toy(tmp_path / "a", rounds=8, sampler__name=sampler)
    part = toy(tmp_path / "b", rounds=3, sampler__name=sampler)
    assert story(resume(part.db, part.run_id, rounds=5)) == story(whole)


def test_ordered_workers_repeat(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first = toy(tmp_path / "a", rounds=12, workers=3, run__ordered=True)
    second = toy(tmp_path / "b", rounds=12, workers=3, run__ordered=True)
    assert story(first) == story(second)
    assert [row["round"] for row in first.rows()] == list(range(13))


def test_concurrent_rounds_lose_nothing(tmp_path: Path) -> None:
    run = toy(tmp_path, rounds=20, workers=4)
    assert sorted(row["round"] for row in run.rows()) == list(range(21))
    done = {}
    for position, row in enumerate(run.rows()):
        done[row["experiment_id"]] = position
        for parent in run.experiment(row["experiment_id"]).candidate.parents:
            assert done[parent] < position  # a child's commit never precedes its parent's


KILLED = """
import os, signal, sys
import asi_evolve as ae
from asi_evolve.loop import driver

measure, calls = driver.measure, []

def measure_or_die(*args):
    # In the worker, because the observer is told later: the run may be over by then.
    calls.append(1)
    if len(calls) == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return measure(*args)

driver.measure = measure_or_die
ae.run(sys.argv[1], rounds=30, seed=3, workers=1, db=sys.argv[2])
"""


def test_killed_run_resumes_as_if_nothing_had_happened(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    whole = toy(tmp_path / "a", rounds=30)
    db = tmp_path / "b" / "t.duckdb"
    killed = subprocess.run([sys.executable, "-c", KILLED, TOY, str(db)], check=False)
    assert killed.returncode == -signal.SIGKILL
    run = resume(db)
    assert run.outcome is not None
    assert run.outcome.done == 30
    assert story(run) == story(whole)


def test_fork_takes_over_the_first_rounds(tmp_path: Path) -> None:
    run = toy(tmp_path, rounds=8)
    forked = fork(run.db, run.run_id, at=4, rounds=4)
    assert forked.run_id != run.run_id
    assert story(forked) == story(run)  # same settings, same seed: the fork makes the same second half
    assert forked.info.parent_run == run.run_id
    other = fork(run.db, run.run_id, at=4, rounds=4, overrides={"run.seed": 99})
    assert story(other)[:5] == story(run)[:5]
    assert story(other) != story(run)


def test_target_ends_the_run(tmp_path: Path) -> None:
    run = toy(tmp_path, rounds=50, run__target=1.5)
    assert run.outcome is not None
    assert (run.outcome.status, run.outcome.exit_code) == ("target", 0)
    assert run.outcome.done < 50


def test_budget_ends_the_run_with_three(tmp_path: Path) -> None:
    run = toy(tmp_path, rounds=5000, budget__wall_s=1.0)
    assert run.outcome is not None
    assert (run.outcome.status, run.outcome.exit_code) == ("budget", 3)


def test_a_broken_scorer_is_named_and_ends_the_run(tmp_path: Path) -> None:
    run = toy(tmp_path, domain__fault="raise")
    assert run.outcome is not None
    assert (run.outcome.status, run.outcome.exit_code) == ("failed", 1)
    assert "the scorer is broken" in run.outcome.reason


def test_a_nan_never_counts_as_valid(tmp_path: Path) -> None:
    run = toy(tmp_path, domain__fault="unsound")
    assert run.outcome is not None
    assert run.outcome.exit_code == 1
    assert "value nan" in run.outcome.reason
    assert run.best() is None


def test_a_dying_scorer_does_not_take_the_run_with_it(tmp_path: Path) -> None:
    run = toy(tmp_path, domain__fault="die")
    assert run.outcome is not None
    assert run.outcome.exit_code == 1
    assert "scorer" in run.outcome.reason


def test_values_beyond_the_known_bound_are_run_again(tmp_path: Path) -> None:
    run = toy(tmp_path, domain__bound=1.1, rounds=10)
    held = [e for e in (run.experiment(row["experiment_id"]) for row in run.rows()) if e.value and e.value > 1.1]
    assert held  # deterministic, so it holds and counts
    for experiment in held:
        assert len(experiment.executions) == 2
        assert any(verdict.check == "known_bound" for verdict in experiment.verdicts)


def test_no_analyzer_and_no_cognition(tmp_path: Path) -> None:
    run = toy(tmp_path, analyzer__enabled=False, cognition__enabled=False)
    assert run.lessons() == []
    assert all(run.experiment(row["experiment_id"]).analysis is None for row in run.rows())


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"sampler__name": "ucb"}, "ucb1"),
        ({"proposer__name": "gramar"}, "grammar"),
        ({"run__backend": "jax"}, "numpy"),
        ({"run__stage": "explor"}, "explore"),
        ({"executor__name": "rai"}, "local"),
        ({"domain__bond": 1}, "bound"),
    ],
)
def test_bad_settings_are_named_before_anything_is_written(tmp_path: Path, settings: Any, says: str) -> None:
    with pytest.raises((ConfigError, UsageError)) as caught:
        toy(tmp_path, **settings)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "t.duckdb").exists()


def test_resume_with_nothing_to_do_says_so(tmp_path: Path) -> None:
    run = toy(tmp_path, rounds=2)
    with pytest.raises(UsageError, match="--rounds"):
        resume(run.db, run.run_id)


def test_data_frames(tmp_path: Path) -> None:
    run = toy(tmp_path, rounds=3)
    table = run.to_arrow()
    assert table.num_rows == 4
    frame = run.to_df()
    assert frame["metric.x"].iloc[0] == 1.0
