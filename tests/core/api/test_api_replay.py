"""A recorded run is made again with what each round knew then; whatever came out otherwise is found and named."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import asi_evolve as ae
import duckdb
import pytest
from asi_evolve.api import fork, replay, resume
from asi_evolve.cli.app import cli
from asi_evolve.errors import DiskFullError, StoreError, UsageError
from asi_evolve.loop import script as scripts
from asi_evolve.loop.driver import Driver
from asi_evolve.loop.replay import Replay
from asi_evolve.records import Attempt, Candidate, Experiment, Verdict
from asi_evolve.source.normalise import program_hash
from asi_evolve.store import Store, open_reader
from click.testing import CliRunner

pytestmark = pytest.mark.timeout(900)
TOY = str(Path(__file__).parents[1] / "toy_domain.py")


def toy(db: Path, **settings: Any) -> ae.Run:
    return ae.run(TOY, **{"rounds": 10, "seed": 3, "workers": 1, "db": db, **settings})


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a run of three workers."""
    db = tmp_path_factory.mktemp("three") / "t.duckdb"
    toy(db, workers=3, rounds=12)
    return db


def copy(source: Path, target: Path) -> Path:
    target.write_bytes(source.read_bytes())
    return target


@pytest.mark.parametrize("sampler", ["islands", "map_elites"])
def test_three_workers_replay_with_samplers_that_keep_a_state(tmp_path: Path, sampler: str) -> None:
    run = toy(tmp_path / "t.duckdb", workers=3, sampler__name=sampler)
    outcome = replay(run.db)
    assert outcome.same, [one.difference for one in outcome.differences]
    assert outcome.compared == 11
    assert run.info.status == "completed"


def test_as_many_run_at_once_as_in_the_run(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    run = Replay.run

    def noted(self: Replay) -> None:
        counted.append(self.workers)
        run(self)

    monkeypatch.setattr(Replay, "run", noted)
    assert replay(three).same
    assert counted == [3]


def test_what_could_not_be_kept_is_told(three: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = Store.record

    def failing(self: Store, experiment: Experiment, **more: Any) -> Future[None]:
        if experiment.round != 2:
            return record(self, experiment, **more)
        future: Future[None] = Future()
        future.set_exception(DiskFullError("no space left"))
        return future

    monkeypatch.setattr(Store, "record", failing)
    with pytest.raises(DiskFullError):
        replay(three, keep=tmp_path / "kept.duckdb")


def test_what_each_round_knew_matters(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert replay(three).same
    original = scripts.script

    def one_after_the_other(store: Any, run_id: str) -> Any:
        copied, steps = original(store, run_id)
        takes = [step for step in steps if isinstance(step, scripts.Take)]
        numbers = {take.experiment_id: take.experiment_id.partition(".")[2] for take in takes}
        told: list[Any] = []
        for take in takes:
            if numbers[take.experiment_id].isdigit():
                told.append(scripts.Begin(int(numbers[take.experiment_id]), False))
            told.append(take)
        return copied, told

    import sys

    monkeypatch.setattr(sys.modules["asi_evolve.api.replay"], "script", one_after_the_other)
    outcome = replay(three)
    assert not outcome.same, "as if there had been one worker, other parents would have been chosen"


def test_a_run_that_was_cut_off_twice_replays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, begun = Driver._begin, [0]

    def failing(self: Driver) -> Any:
        begun[0] += 1
        if begun[0] in (6, 12):  # two others are in flight, and given up
            raise StoreError("cut off")
        return begin(self)

    monkeypatch.setattr(Driver, "_begin", failing)
    db = tmp_path / "t.duckdb"
    outcomes = [toy(db, workers=3, rounds=14, sampler__name="islands").outcome, resume(db).outcome, resume(db).outcome]
    assert [outcome.exit_code for outcome in outcomes if outcome] == [1, 1, 0]
    with open_reader(db) as reader:
        steps = scripts.script(reader, reader.resolve_run(None))[1]
    assert sum(isinstance(step, scripts.Resumed) for step in steps) == 2
    cut_off = [step.cut_off for step in steps if isinstance(step, scripts.Begin)]
    assert cut_off.count(False) == 14
    assert cut_off.count(True) >= 1
    outcome = replay(db)
    assert outcome.same, [one.difference for one in outcome.differences]


def test_a_fork_replays_its_own_rounds(tmp_path: Path) -> None:
    run = toy(tmp_path / "t.duckdb", rounds=6)
    forked = fork(run.db, run.run_id, at=3, rounds=4, overrides={"sampler.name": "greedy"})
    outcome = replay(run.db, forked.run_id)
    assert outcome.same, [one.difference for one in outcome.differences]
    assert outcome.compared == 4


@pytest.mark.parametrize(
    ("sql", "what", "says"),
    [
        ("UPDATE experiments SET value = value + 0.25, score = json_object('value', value + 0.25, 'fitness', NULL, "
         "'valid', true) WHERE experiment_id = $1", "value", "instead of"),
        ("UPDATE candidate_files SET source = replace(source, 'return x', 'return  x + 0') WHERE experiment_id = $1",
         "program", "of candidate.py is"),
        ("UPDATE experiments SET status = 'timeout' WHERE experiment_id = $1", "status", "ok instead of timeout"),
        ("UPDATE experiments SET parents = ['RUN.s9'] WHERE experiment_id = $1", "parents", "instead of RUN.s9"),
        ("UPDATE experiments SET sampler_data = '{\"parent\": \"RUN.s9\"}' WHERE experiment_id = $1", "parent",
         "instead of RUN.s9"),
        ("UPDATE analyses SET summary = 'nothing' WHERE experiment_id = $1", "analysis", "instead of 'nothing'"),
        ("UPDATE provenance SET ref_id = 'RUN.s9' WHERE experiment_id = $1 AND NOT used", "shown", "RUN.s9"),
    ],
    ids=["value", "program", "status", "parents", "parent", "analysis", "shown"],
)  # fmt: skip
def test_each_kind_of_difference_is_found_and_named(
    three: Path, tmp_path: Path, sql: str, what: str, says: str
) -> None:
    db = copy(three, tmp_path / "t.duckdb")
    with duckdb.connect(str(db)) as connection:
        # The last valid round: no other was made from what is changed here.
        [row] = connection.execute(
            "SELECT experiment_id FROM experiments WHERE valid AND round > 0 ORDER BY seq DESC LIMIT 1"
        ).fetchall()
        connection.execute(sql, [row[0]])
    outcome = replay(db)
    assert [(one.recorded.experiment_id, one.difference.what) for one in outcome.differences if one.difference] == [
        (row[0], what)
    ]
    assert says in outcome.differences[0].difference.text  # type: ignore[union-attr]


def test_a_learned_state_that_is_another_one_is_a_difference(three: Path, tmp_path: Path) -> None:
    db = copy(three, tmp_path / "t.duckdb")
    with duckdb.connect(str(db)) as connection:
        connection.execute('UPDATE state SET data = replace(data, \'"proposer":{\', \'"proposer":{"x":1,\')')
    outcome = replay(db)
    assert (outcome.differences, outcome.states) == ((), ("proposer",))
    assert not outcome.same


def test_scores_are_compared_within_the_tolerance_of_the_domain(tmp_path: Path) -> None:
    text = Path(TOY).read_text().replace('Objective("x", ', 'Objective("x", tolerance=0.5, ')
    (tmp_path / "near.py").write_text(text)
    db = tmp_path / "t.duckdb"
    ae.run(str(tmp_path / "near.py"), rounds=2, seed=3, workers=1, db=db, analyzer__enabled=False)
    for shift, same in ((0.25, True), (0.5, False)):  # both together are 0.75
        with duckdb.connect(str(db)) as connection:
            connection.execute(
                "UPDATE experiments SET value = value + $1, score = json_object('value', value + $1, 'fitness', NULL, "
                "'valid', true) WHERE round = (SELECT max(round) FROM experiments WHERE valid)",
                [shift],
            )
        assert (not replay(db).differences) is same


def test_without_the_record_of_what_was_known_only_one_worker_can_be_replayed(three: Path, tmp_path: Path) -> None:
    single = toy(tmp_path / "one.duckdb", rounds=5)
    for db in (single.db, copy(three, tmp_path / "t.duckdb")):
        with duckdb.connect(str(db)) as connection:
            connection.execute("UPDATE experiments SET known = NULL")
    assert replay(single.db).same
    with pytest.raises(UsageError, match="3 workers by a version that did not record"):
        replay(tmp_path / "t.duckdb")


def test_a_kept_replay_of_a_fork_tells_where_its_rounds_come_from(tmp_path: Path) -> None:
    source = toy(tmp_path / "t.duckdb", rounds=3)
    made = fork(source.db, source.run_id, rounds=1)
    replay(source.db, made.run_id, keep=tmp_path / "kept.duckdb")
    with open_reader(tmp_path / "kept.duckdb") as kept, open_reader(source.db) as before:
        [event] = kept.events(made.run_id)
        assert (event["kind"], event["data"]["source"]) == ("fork", source.run_id)
        assert event["data"] == next(e["data"] for e in before.events(made.run_id) if e["kind"] == "fork")
        assert kept.run_info(made.run_id).parent_run == source.run_id


def test_the_command_compares_and_keeps(three: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.duckdb"
    done = CliRunner().invoke(cli, ["replay", "--db", str(three), "--keep", str(kept)])
    assert done.exit_code == 0, done.output
    assert "the same: all 13 experiments" in done.stdout
    first, second = ae.open_run("latest", three), ae.open_run("latest", kept)
    assert [(r["experiment_id"], r["value"], r["parents"]) for r in first.rows()] == [
        (r["experiment_id"], r["value"], r["parents"]) for r in second.rows()
    ]
    again = CliRunner().invoke(cli, ["replay", "--db", str(three), "--keep", str(kept)])
    assert again.exit_code == 2
    assert again.stderr.strip() == f"error: --keep {kept}: exists; name a new file"


def test_the_command_ends_with_one_if_anything_differs(tmp_path: Path) -> None:
    plugin = tmp_path / "own.py"
    plugin.write_text(Path(TOY).read_text())
    ae.run(str(plugin), rounds=4, seed=3, workers=1, db=tmp_path / "t.duckdb")
    plugin.write_text(plugin.read_text().replace("Score(float(x)", "Score(float(x) + 1"))
    done = CliRunner().invoke(cli, ["replay", "--db", str(tmp_path / "t.duckdb"), "--json"])
    assert done.exit_code == 1, done.output
    told = json.loads(done.stdout)
    assert told["same"] is False
    assert {one["what"] for one in told["differences"]} == {"value"}
    assert told["differences"][0]["experiment_id"].endswith(".s0")
    assert told["differences"][0]["replayed_value"] == told["differences"][0]["recorded_value"] + 1
    plain = CliRunner().invoke(cli, ["replay", "--db", str(tmp_path / "t.duckdb")])
    assert plain.exit_code == 1
    assert "first difference: " in plain.stdout


def test_who_had_a_program_first_is_taken_from_the_record_only_between_rounds_in_flight() -> None:
    files = {"a.py": "x = 1\n"}
    digest = program_hash(files)

    def tried(experiment_id: str, of: str) -> Experiment:
        refused = (Verdict("duplicate", False, details={"of": of}),) if of else ()
        attempt = Attempt(0, "proposal", "rejected" if of else "accepted", files=files, verdicts=refused)
        return Experiment(
            experiment_id, "r", 1, Candidate(experiment_id, {}, "a.py", "numpy"), "ok", attempts=(attempt,)
        )

    steps: list[scripts.Step] = [scripts.Begin(n, False) for n in (1, 2)]
    steps += [scripts.Take("r.1"), scripts.Begin(3, False), scripts.Take("r.2"), scripts.Take("r.3")]
    together = scripts.together("r", steps)
    assert together == {"r.1": {"r.2"}, "r.2": {"r.1", "r.3"}, "r.3": {"r.2"}}
    index = scripts.RecordedDuplicates(together)
    index.learn(tried("r.1", "r.2"))
    index.learn(tried("r.2", ""))
    assert index.claim(digest, "r.1") == "r.2", "as recorded, though nobody has it yet"
    assert index.claim(digest, "r.2") is None
    late = scripts.RecordedDuplicates({})
    late.learn(tried("r.1", "r.2"))
    late.learn(tried("r.2", ""))
    assert late.claim(digest, "r.1") is None, "r.2 was not in flight: then this is a difference, and must show"
    assert late.claim(digest, "r.2") == "r.1"
