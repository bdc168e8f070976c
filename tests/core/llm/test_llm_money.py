"""What is paid for is kept: ceilings hold, answers of interrupted rounds are used, keys stay where they belong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from asi_evolve.api import fork, replay, resume
from asi_evolve.api.assemble import assemble
from asi_evolve.cli.app import run_main
from asi_evolve.config import Settings, override
from asi_evolve.errors import ConfigError, UsageError
from asi_evolve.store import open_reader
from llm_runs import KEY, TOY, answer, calls, counting, run
from wire_server import Reply, WireServer


def test_a_ceiling_in_tokens_is_kept_and_the_rest_is_done_later(tmp_path: Path) -> None:
    with WireServer(lambda body, number: Reply(answer(10 + number), tokens=(2000, 400, 0, 0))) as server:
        made = run(server, tmp_path, rounds=9, budget__tokens=16_000)
        first = len(server.requests)
        assert made.outcome is not None
        assert (made.outcome.status, made.outcome.exit_code) == ("budget", 3)
        assert "does not cover a further answer" in made.outcome.reason
        assert 0 < first < 9
        spend = made.spend()
        assert spend["input_tokens"] + spend["output_tokens"] == 2400 * first <= 16_000
        again = resume(tmp_path / "t.duckdb", overrides={"budget.tokens": 100_000})
        assert again.outcome is not None
        assert (again.outcome.status, again.outcome.done) == ("completed", 9)
        assert len(server.requests) == 9, "nothing is asked twice"
    assert again.spend()["calls"] == 9


def test_a_ceiling_in_dollars_is_kept_with_many_workers(tmp_path: Path) -> None:
    with WireServer(lambda body, number: Reply(answer(10 + number), tokens=(2000, 500, 0, 0))) as server:
        made = run(server, tmp_path, rounds=40, workers=4, budget__usd=0.1)
    assert made.outcome is not None
    assert (made.outcome.status, made.outcome.exit_code) == ("budget", 3)
    spend = made.spend()
    assert spend["usd"] == pytest.approx(spend["calls"] * 0.009)
    assert 0.0 < spend["usd"] <= 0.1
    assert made.outcome.done == spend["calls"], "each paid answer became an experiment"


def test_a_ceiling_that_is_met_in_the_middle_of_a_round_loses_no_answer(tmp_path: Path) -> None:
    bad = Reply("no object", tokens=(3000, 500, 0, 0))
    with WireServer([Reply(answer(5), tokens=(3000, 500, 0, 0)), bad, Reply(answer(6))]) as server:
        # Enough for two answers, not for the second one's repair.
        made = run(server, tmp_path, rounds=2, budget__tokens=12_000)
        assert made.outcome is not None
        assert (made.outcome.status, made.outcome.done, len(server.requests)) == ("budget", 1, 2)
        again = resume(tmp_path / "t.duckdb", overrides={"budget.tokens": 90_000})
        assert len(server.requests) == 3, "the bad answer was paid for once; only its repair was asked for"
    second = again.experiment(2)
    assert second.value == 6.0
    assert [(row["call_id"], row["role"]) for row in calls(again)] == [
        (f"{again.run_id}.1.c0", "propose"),
        (f"{again.run_id}.2.c0", "propose"),
        (f"{again.run_id}.2.c1", "mend"),
    ]


def test_a_ceiling_with_ordered_workers_ends_the_run(tmp_path: Path) -> None:
    with WireServer(lambda body, number: Reply(answer(10 + number), tokens=(2000, 400, 0, 0))) as server:
        made = run(server, tmp_path, rounds=12, workers=3, run__ordered=True, budget__tokens=20_000)
        assert made.outcome is not None
        assert made.outcome.exit_code == 3
        again = resume(tmp_path / "t.duckdb", overrides={"budget.tokens": 1_000_000})
        assert again.outcome is not None
        assert again.outcome.done == 12
        assert len(server.requests) == 12


def test_a_repair_that_cannot_be_paid_leaves_what_was_measured(tmp_path: Path) -> None:
    broken = Reply(answer("1 / 0"), tokens=(3000, 500, 0, 0))
    with WireServer([broken, Reply(answer(5))]) as server:
        made = run(server, tmp_path, rounds=3, budget__tokens=8_000)
        assert len(server.requests) == 1
    assert made.outcome is not None
    assert (made.outcome.status, made.outcome.done) == ("budget", 1)
    assert made.experiment(1).status == "error"


def test_dollars_need_a_price(tmp_path: Path) -> None:
    with WireServer(counting) as server:
        with pytest.raises(ConfigError, match="price of anthropic:m is not known"):
            run(server, tmp_path, budget__usd=1.0, model__price_input=None, model__price_output=None)
        with pytest.raises(ConfigError, match=r"model\.price_output: both prices are needed"):
            run(server, tmp_path, model__price_output=None)
        assert server.requests == []
    assert not (tmp_path / "t.duckdb").exists()


def _command(server: WireServer, *arguments: str, plugin: Path = TOY) -> list[str]:
    settings = [
        "llm=anthropic:m",
        "proposer.name=llm",
        "analyzer.name=rules",
        f"model.base_url={server.url}",
        "model.max_tokens=500",
    ]
    sets = [part for setting in settings for part in ("--set", setting)]
    return ["--plugin", str(plugin), "run", *sets, *arguments]


#: Ends its own process by force when a certain program is about to be executed.
KILLER = """

import os
import signal


@hookimpl
def execute(context, candidate, job):
    if "50" in candidate.files["candidate.py"] and os.environ.get("TEST_KILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    return None
"""


def test_kill_between_answer_and_evaluation_pays_nothing_twice(tmp_path: Path) -> None:
    db = tmp_path / "t.duckdb"
    plugin = tmp_path / "killer.py"
    plugin.write_text(TOY.read_text(encoding="utf-8") + KILLER, encoding="utf-8")

    def script(body: dict[str, Any], number: int) -> Reply:
        return Reply(answer(50 if number == 2 else 10 + number), tokens=(777, 33, 0, 0))

    with WireServer(script) as server:
        options = ["--rounds", "4", "--seed", "3", "--workers", "1", "--db", str(db)]
        killed = subprocess.run(
            [sys.executable, "-m", "asi_evolve", *_command(server, *options, plugin=plugin)],
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "ANTHROPIC_API_KEY": KEY, "TEST_KILL": "1"},
            check=False,
            timeout=280,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        with open_reader(db) as reader:
            run_id = reader.resolve_run(None)
            assert [entry.round for entry in reader.entries(run_id)] == [0, 1, 2]
            assert [row["call_id"] for row in reader.llm_calls(run_id)][-1] == f"{run_id}.3.c0"
        made = resume(db)
        assert made.outcome is not None
        assert (made.outcome.status, made.outcome.done) == ("completed", 4)
        assert len(server.requests) == 4, "the answer of round 3 was paid for once"
    assert made.experiment(3).value == 50.0
    spend = made.spend()
    assert (spend["calls"], spend["input_tokens"], spend["output_tokens"]) == (4, 4 * 777, 4 * 33)
    assert made.experiment(3).notes["call"] == f"{run_id}.3.c0"


def test_an_answer_is_applied_to_the_program_that_it_was_given_for(tmp_path: Path) -> None:
    """After a kill with several workers, the sampler may choose another parent than before."""
    edit = [{"path": "candidate.py", "search": "return x * 1.0", "replace": "return x * 4.0"}]
    with WireServer([Reply(answer(5)), Reply(answer(4, files=[], edits=edit))]) as server:
        made = run(server, tmp_path, rounds=1)
        db = tmp_path / "t.duckdb"
        _leave_a_paid_answer(db, made.run_id, parent=f"{made.run_id}.s0", text=answer(4, files=[], edits=edit))
        again = resume(db, rounds=1)
        assert len(server.requests) == 1
    second = again.experiment(2)
    assert second.candidate.parents == (f"{made.run_id}.s0",)
    assert second.value == 4.0


def _leave_a_paid_answer(db: Path, run_id: str, *, parent: str, text: str) -> None:
    from asi_evolve.store import open_store

    with open_store(db, purpose="test") as store:
        store.begin_round(run_id, 2, f"{run_id}.2", (parent,))
        store.add_llm_call(
            run_id,
            f"{run_id}.2",
            "propose",
            "m",
            input_tokens=10,
            output_tokens=5,
            cost_usd=0.001,
            provider="anthropic",
            request={"about": {"parent": parent}},
            response={"text": text, "stop": "end", "model": "m"},
            call_id=f"{run_id}.2.c0",
        ).result()
        store.flush()


def test_a_replay_asks_nobody_and_is_the_same_run(tmp_path: Path) -> None:
    script = [
        Reply(answer(5, used=[{"id": "s0", "how": "its form"}])),
        Reply("no object"),
        Reply(answer(6, used=[{"id": "1", "how": "more of it"}])),
        Reply(answer("1 / 0")),
        Reply(answer(7)),
    ]
    with WireServer(script) as server:
        first = run(server, tmp_path, rounds=3)
        assert len(server.requests) == 5
    # The server is gone and the key too.
    second = run(server, tmp_path, rounds=3, llm=f"replay:{first.run_id}", model__base_url="http://127.0.0.1:9")
    assert second.run_id != first.run_id
    for number in range(1, 4):
        then, now = first.experiment(number), second.experiment(number)
        assert now.candidate.files == then.candidate.files
        assert (now.value, now.status) == (then.value, then.status)
        assert [used.ref_id.partition(".")[2] for used in now.candidate.used] == [
            used.ref_id.partition(".")[2] for used in then.candidate.used
        ]
        assert len(now.attempts) == len(then.attempts)
    digests = [[json.loads(row["request"])["digest"] for row in calls(made)] for made in (first, second)]
    assert digests[0] == digests[1], "every question is the same, to the letter"
    assert {row["error"] for row in calls(second)} == {""}
    assert second.spend()["usd"] == 0.0
    assert second.spend()["input_tokens"] == 0


def test_the_command_replay_makes_a_run_with_a_model_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = [Reply(status=400), Reply("no object"), Reply(answer(6)), Reply(answer("1 / 0")), Reply(answer(7))]
    with WireServer(script) as server:
        made = run(server, tmp_path, rounds=3)
        assert len(server.requests) == 5
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    outcome = replay(tmp_path / "t.duckdb", made.run_id)
    assert outcome.compared == 4
    assert outcome.same, outcome.differences
    assert made.spend()["calls"] == 5, "the run itself is not changed"


def test_what_proposes_nothing_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = override(Settings(), {"plugin": str(TOY), "proposer.name": "llm"}).settings
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(UsageError, match="ANTHROPIC_API_KEY is not set"):
        assemble(settings)
    assert assemble(settings, with_model=False).model is None


def test_a_key_is_nowhere_in_what_a_run_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Even if the provider repeats it in an error and the model in an answer."""

    def script(body: dict[str, Any], number: int) -> Reply:
        if number == 1:
            return Reply(status=400, message=f"the key {KEY} is too short")
        return Reply(answer(4 + number, motivation=f"Your key is {KEY}."))

    monkeypatch.chdir(tmp_path)
    with WireServer(script) as server:
        assert run_main(_command(server, "--rounds", "3", "--seed", "1", "--workers", "1")) == 0
        assert server.keys == {KEY}, "it did go where it belongs"
    for more in (["report", "--out", "r"], ["export", "--out", "e.jsonl"], ["show", "best"]):
        assert run_main(more) == 0
    said = capfd.readouterr()
    assert "Your key is [key]." in said.out
    assert KEY not in said.out + said.err
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"asievolve.duckdb", "e.jsonl"} <= {path.name for path in files}
    assert any(path.suffix == ".html" for path in files)
    for path in files:
        data = path.read_bytes()
        assert KEY.encode() not in data, path.name
        assert KEY.encode("utf-16-le") not in data, path.name


def test_a_fork_pays_for_its_own_rounds_only(tmp_path: Path) -> None:
    with WireServer(counting) as server:
        made = run(server, tmp_path, rounds=3)
        branch = fork(tmp_path / "t.duckdb", made.run_id, at=2, rounds=1)
        assert len(server.requests) == 4
    assert branch.spend()["calls"] == 1
    assert made.spend()["calls"] == 3
