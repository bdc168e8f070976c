"""Resume and fork: no round is lost for good, and no value is taken over that was measured on another problem."""

from __future__ import annotations

from pathlib import Path

import asi_evolve as ae
import pytest
from asi_evolve.api import fork, resume
from asi_evolve.errors import UsageError
from asi_evolve.store import open_store

TOY = str(Path(__file__).parents[1] / "toy_domain.py")


def rounds(run: ae.Run) -> list[int]:
    return sorted(row["round"] for row in run.rows())


def cut_off(db: Path, number: int) -> None:
    """As after a kill with several workers, and a resume that ended before it came to this round."""
    with open_store(db) as store:
        sql = "UPDATE experiments SET seq = NULL, status = 'interrupted', valid = false, value = NULL WHERE round = ?"
        store._writer.call(lambda connection: connection.execute(sql, [number]).fetchall()).result()


def test_a_round_that_an_earlier_resume_did_not_come_to_is_made(tmp_path: Path) -> None:
    db = tmp_path / "t.duckdb"
    run = ae.run(TOY, rounds=4, seed=3, workers=1, db=db)
    cut_off(db, 2)
    assert rounds(run) == [0, 1, 3, 4]
    again = resume(db)
    assert again.outcome is not None
    assert (again.outcome.status, again.outcome.done) == ("completed", 4)
    assert rounds(again) == [0, 1, 2, 3, 4]


def test_a_fork_of_all_takes_all_and_makes_what_is_missing(tmp_path: Path) -> None:
    db = tmp_path / "t.duckdb"
    run = ae.run(TOY, rounds=4, seed=3, workers=1, db=db)
    cut_off(db, 2)
    other = fork(db, run.run_id, rounds=2)
    assert other.outcome is not None
    assert (other.outcome.status, other.outcome.done) == ("completed", 5)
    assert rounds(other) == [0, 1, 2, 3, 4, 5]
    more = resume(db, other.run_id, rounds=1)
    assert rounds(more) == [0, 1, 2, 3, 4, 5, 6]


def test_a_fork_at_zero_makes_the_rounds_anew(tmp_path: Path) -> None:
    db = tmp_path / "t.duckdb"
    run = ae.run(TOY, rounds=2, seed=3, workers=1, db=db)
    other = fork(db, run.run_id, at=0, rounds=2)
    assert rounds(other) == [0, 1, 2]
    assert [row["value"] for row in other.rows()] == [row["value"] for row in run.rows()]


@pytest.mark.parametrize("sampler", ["ucb1", "islands"])
@pytest.mark.parametrize("at", [None, 5])
def test_a_fork_of_all_goes_on_as_the_run_would(tmp_path: Path, sampler: str, at: int | None) -> None:
    db = tmp_path / "t.duckdb"
    run = ae.run(TOY, rounds=5, seed=3, workers=1, db=db, sampler__name=sampler)
    other = fork(db, run.run_id, at=at, rounds=5)
    again = resume(db, run.run_id, rounds=5)

    def story(made: ae.Run) -> list[tuple[object, ...]]:
        parents = [[parent.partition(".")[2] for parent in row["parents"]] for row in made.rows()]
        return [(row["round"], row["value"], p) for row, p in zip(made.rows(), parents, strict=True)]

    assert story(other) == story(again)


def test_a_fork_keeps_the_problem(tmp_path: Path) -> None:
    db, path = tmp_path / "t.duckdb", tmp_path / "two.py"
    text = Path(TOY).read_text().replace('title="Toy sum"', 'title=f"Toy sum {config.fault}"')
    path.write_text(text)
    ae.run(str(path), rounds=1, seed=3, workers=1, db=db)
    with pytest.raises(UsageError, match="another problem"):
        fork(db, overrides={"domain.fault": "other"})
    with open_store(db) as store:
        assert len(store.runs()) == 1


def test_a_resume_records_what_it_runs_under(tmp_path: Path) -> None:
    db = tmp_path / "t.duckdb"
    ae.run(TOY, rounds=1, seed=3, workers=1, db=db)
    run = resume(db, rounds=1, overrides={"run.workers": 2, "run.target": 400.0})
    assert (run.info.workers, run.info.target, run.info.rounds) == (2, 400.0, 2)
