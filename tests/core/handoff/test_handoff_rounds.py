"""A round that somebody from outside makes: the same question, checks, score and record as for a model."""

from __future__ import annotations

import json
from pathlib import Path

import asi_evolve as ae
import pytest
from asi_evolve.api import brief, replay, resume, submit
from asi_evolve.api.handoff import MAX_ANSWER
from asi_evolve.errors import StoreError, UsageError
from asi_evolve.store import open_store
from handoff_domain import ENTRY, SECRET
from handoff_runs import TOY, answer, returning


def test_a_round_is_recorded_with_its_author_its_reasons_and_its_score(toy: ae.Run, db: Path) -> None:
    asked = brief(db)
    assert (asked.run_id, asked.round, asked.best) == (toy.run_id, 3, toy.best().value)
    parent = asked.parent.partition(".")[2]
    used = [{"id": parent, "how": "its base"}, {"id": "other1.7", "how": "of another run"}]
    made = submit(db, toy.run_id, answer=answer(returning(9.5), used=used), author="coder 1", round=3)
    assert (made.exit_code, made.is_best, made.best_before) == (0, True, asked.best)
    one = toy.experiment(3)
    assert (one.value, one.candidate.origin, one.notes["agent"]) == (9.5, "llm", "coder 1")
    assert (one.candidate.motivation, one.candidate.expected_effect) == ("Try it.", "Better.")
    assert [item.ref_id for item in one.candidate.used] == [asked.parent]
    assert one.notes["unknown_ids"] == ["other1.7"]
    assert one.analysis is not None
    assert one.shown
    [call] = toy.table("select * from llm_calls where run_id = ?", [toy.run_id]).to_pylist()
    assert (call["provider"], call["model"], call["cost_usd"], call["input_tokens"]) == ("agent", "coder 1", 0, 0)
    assert asked.question in json.loads(call["request"])["messages"][0]["text"]


def test_the_brief_is_what_a_model_would_be_asked(tmp_path: Path) -> None:
    db = tmp_path / "m.duckdb"
    run = ae.run(str(TOY), rounds=1, seed=4, workers=1, db=db, proposer__name="llm", llm="mock")
    told = brief(db)
    resume(db, run.run_id, rounds=1)
    sql = "select request from llm_calls where experiment_id = ? and role = 'propose'"
    [asked] = run.table(sql, [f"{run.run_id}.2"]).to_pylist()
    request = json.loads(asked["request"])
    assert (told.rules, told.question) == (request["system"], request["messages"][0]["text"])


def test_reading_a_brief_changes_nothing(toy: ae.Run, db: Path) -> None:
    before = db.read_bytes()
    assert brief(db) == brief(db)
    assert db.read_bytes() == before


def test_what_a_model_would_write_again_is_refused_and_costs_no_round(toy: ae.Run, db: Path) -> None:
    for text, said in (
        ("no object", "no JSON object"),
        (answer(), "neither `files` nor `edits`"),
        (answer(returning(1), motivation=" "), "`motivation` is missing"),
        (answer(returning(1), expected_effect=3), "`expected_effect` is missing"),
        (answer(returning(1), used="all"), "`used` must be a list"),
        (answer(edits=[{"path": "candidate.py", "search": "not there", "replace": "x"}]), "matches nothing"),
        ("[" * 100_000, "no JSON object"),
        ("x" * (MAX_ANSWER + 1), "at most 4000000 are read"),
    ):
        with pytest.raises(UsageError, match=said):
            submit(db, answer=text, author="a")
    assert brief(db).round == 3
    assert toy.table("select * from llm_calls").num_rows == 0
    assert toy.info.status == "completed"


def test_an_answer_to_another_brief_is_refused(toy: ae.Run, db: Path) -> None:
    for number in (2, 4):
        with pytest.raises(UsageError, match=r"at round 3 now; read its brief again"):
            submit(db, answer=answer(returning(4)), author="b", round=number)


def test_protected_parts_and_read_only_files_stay(hand: ae.Run, db: Path, tmp_path: Path) -> None:
    moved = ENTRY.replace("return 1.0", "return 5.0")
    made = submit(db, answer=answer(moved), author="a")
    assert made.experiment.status == "rejected"
    assert "anchor" in next(v.message for v in made.experiment.verdicts if not v.passed)
    helper = {"path": "helper.py", "source": "def offset():\n    return 9.0\n"}
    edit = {"path": "helper.py", "search": "0.0", "replace": "9.0"}
    for change in ({"files": [helper]}, {"edits": [edit]}):
        with pytest.raises(UsageError, match=r"helper\.py may not be changed"):
            submit(db, answer=answer(**change), author="a")
    for path in ("../../x.py", "/etc/cron.d/x.py", "~/extra.py", "C:\\x.py"):
        with pytest.raises(UsageError, match="may not be changed"):
            submit(db, answer=answer(files=[{"path": path, "source": "A = 1\n"}]), author="a")
    # These begin like files of the program.
    paths = ("extra/../../x.py", "extra\x00.py", "extra\n.py")
    text = answer(files=[{"path": path, "source": "A = 1\n"} for path in paths])
    made = submit(db, answer=text, author="a")
    assert made.experiment.status == "rejected"
    assert not [*tmp_path.parent.rglob("x.py")]


def test_the_domains_own_proposer_is_not_asked(hand: ae.Run, db: Path) -> None:
    made = submit(db, answer=answer(ENTRY.replace("2.0", "70.0")), author="a")
    assert made.experiment.value == pytest.approx(70.0 - SECRET)


def test_a_brief_holds_nothing_hidden(hand: ae.Run, db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-hidden-1")
    text = brief(db).text
    assert str(SECRET) not in text
    assert "sk-ant-hidden-1" not in text
    assert str(db.parent) not in text
    assert str(Path(__file__).parent) not in text


def test_an_open_database_is_told(toy: ae.Run, db: Path) -> None:
    with open_store(db, purpose="run of toy"):
        for call in (lambda: brief(db), lambda: submit(db, answer=answer(returning(3)), author="a")):
            with pytest.raises(StoreError, match="is in use by 'run of toy'"):
                call()


def test_budgets_hold(db: Path) -> None:
    run = ae.run(str(TOY), rounds=9, seed=1, workers=1, db=db, budget__cpu_hours=1e-9)
    assert run.outcome.status == "budget"
    made = submit(db, answer=answer(returning(3)), author="a")
    assert (made.exit_code, made.experiment) == (3, None)
    assert run.table("select * from llm_calls").num_rows == 0


def test_a_control_takes_nothing_from_outside(db: Path) -> None:
    ae.run(str(TOY), rounds=1, seed=1, workers=1, db=db, proposer__name="random")
    for call in (lambda: brief(db), lambda: submit(db, answer=answer(returning(3)), author="a")):
        with pytest.raises(UsageError, match="is a control"):
            call()


def test_a_run_that_owes_rounds_still_owes_them(db: Path) -> None:
    run = ae.run(str(TOY), rounds=4, seed=1, workers=1, db=db, run__target=0.9)
    assert run.outcome.done == 0
    made = submit(db, answer=answer(returning(0.25)), author="a")
    assert (made.exit_code, made.is_best) == (0, False)
    assert (run.info.status, run.info.rounds) == ("stopped", 4)
    assert "was handed in" in run.info.reason


def test_rounds_of_agents_are_resumed_and_replayed(toy: ae.Run, db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import asi_evolve.api.assemble as module

    written: list[bool] = []
    real = module._assembled_only

    def noted(settings, plugins, others):
        written.append(others)
        return real(settings, plugins, others)

    monkeypatch.setattr(module, "_assembled_only", noted)
    made = submit(db, answer=answer("def solve():\n    print('so far')\n    return {'x': 1 / 0}\n"), author="a")
    assert (made.exit_code, made.experiment.status, made.is_best) == (1, "error", False)
    assert "ZeroDivisionError" in made.experiment.executions[-1].error
    assert "so far" in made.experiment.executions[-1].stdout_tail
    assert len(made.experiment.attempts) == 1
    # A program from outside is no block of an installed plugin; nor is what the grammar makes of it later.
    assert written == [True, True]
    made = submit(db, answer=answer("import os\n" + returning(3)), author="b")
    assert (made.exit_code, made.experiment.status) == (1, "rejected")
    resume(db, toy.run_id, rounds=1)
    assert written[-1]
    assert [one["origin"] for one in toy.rows()] == ["seed", "grammar", "grammar", "llm", "llm", "grammar"]
    again = replay(db, toy.run_id)
    assert again.same, again.differences
    assert again.compared == 6


def test_a_weak_tier_is_for_blocks_only(toy: ae.Run) -> None:
    from types import SimpleNamespace

    from asi_evolve.api.assemble import _assembled_only
    from asi_evolve.config import Settings

    hook = SimpleNamespace(propose=SimpleNamespace(get_hookimpls=lambda: [None]))
    plugins = SimpleNamespace(hook=hook, distribution="a distribution")
    assert _assembled_only(Settings(), plugins, written=False)
    assert not _assembled_only(Settings(), plugins, written=True)


def test_an_author_has_a_name(db: Path) -> None:
    for name in ("", "  ", "a\nb", "x" * 61, "\x1b[31m"):
        with pytest.raises(UsageError, match="--agent"):
            submit(db, answer=answer(returning(3)), author=name)
