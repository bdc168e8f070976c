"""Whole runs with a model: what is recorded, what a bad answer costs, and that the run goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import asi_evolve as ae
import pytest
from llm_runs import TOY, answer, calls, counting, program, run
from wire_server import Reply, WireServer


def test_a_run_records_programs_reasons_and_costs(tmp_path: Path) -> None:
    def script(body: dict[str, Any], number: int) -> Reply:
        used = [{"id": "s0", "how": "its form"}, {"id": "nothing", "how": "made up"}]
        return Reply(answer(10 + number, used=used), tokens=(1000, 50, 400, 100))

    with WireServer(script) as server:
        made = run(server, tmp_path, rounds=3)
    assert made.outcome is not None
    assert (made.outcome.status, made.outcome.exit_code) == ("completed", 0)
    best = made.best()
    assert best is not None
    assert best.value == 12.0
    assert best.candidate.origin == "llm"
    assert (best.candidate.motivation, best.candidate.expected_effect) == ("Return 12.", "x = 12")
    assert best.notes["model"] == "m-served"
    first = made.experiment(1)
    assert [(used.kind, used.ref_id, used.how) for used in first.candidate.used] == [
        ("experiment", f"{made.run_id}.s0", "its form")
    ]
    assert first.notes["unknown_ids"] == ["nothing"]
    assert first.candidate.parents == (f"{made.run_id}.s0",)
    rows = calls(made)
    assert [row["call_id"] for row in rows] == [f"{made.run_id}.{i}.c0" for i in (1, 2, 3)]
    assert {(row["provider"], row["model"], row["role"], row["status"]) for row in rows} == {
        ("anthropic", "m", "propose", "ok")
    }
    one = (500 * 2.0 + 400 * 0.2 + 100 * 2.5 + 50 * 10.0) / 1e6
    assert made.spend() == {
        "calls": 3,
        "failed": 0,
        "input_tokens": 3000,
        "cached_tokens": 1200,
        "output_tokens": 150,
        "usd": pytest.approx(3 * one, rel=1e-12),
    }
    asked = json.loads(rows[0]["request"])
    assert server.requests[0]["messages"][0]["content"] == asked["messages"][0]["text"]
    assert server.requests[0]["system"][0]["text"] == asked["system"]


#: An answer that cannot be used, and what is said of it.
BAD = [
    (Reply(""), "the answer is empty"),
    (Reply("I would rather talk."), "no JSON object"),
    (Reply(answer(1)[:-9]), "no JSON object"),
    (Reply(answer(1)[:-9], stop="max_tokens"), "cut off at the limit of 500 tokens"),
    (Reply(answer(1, motivation="")), "`motivation` is missing"),
    (Reply("```python\na = 1\n```\n```python\na = 2\n```"), "no JSON object"),
    (
        Reply(
            '```json\n{"motivation": "m", "expected_effect": "e", "used": []}\n```\n'
            "```python\na = 1\n```\nor\n```python\na = 2\n```"
        ),
        "2 blocks of code",
    ),
    (Reply(answer(1, files=[], edits=[{"path": "candidate.py", "search": "zzz", "replace": "y"}])), "matches nothing"),
    (Reply(answer(1, files=[], edits=[{"path": "candidate.py", "search": "e", "replace": "y"}])), "ambiguous"),
]


def test_an_answer_that_cannot_be_used_is_mended_once_and_then_recorded(tmp_path: Path) -> None:
    script = [reply for i, (bad, _) in enumerate(BAD) for reply in (bad, Reply(answer(10 + i)), bad, bad)]
    with WireServer(script) as server:
        made = run(server, tmp_path, rounds=2 * len(BAD))
    assert len(server.requests) == len(script)
    assert [row["role"] for row in calls(made)] == ["propose", "mend"] * (2 * len(BAD))
    for i, (bad, words) in enumerate(BAD):
        mended, failed = made.experiment(2 * i + 1), made.experiment(2 * i + 2)
        assert mended.value == 10.0 + i
        complaint = server.requests[4 * i + 1]["messages"]
        assert words in complaint[-1]["content"]
        assert [turn["role"] for turn in complaint] == (["user", "assistant", "user"] if bad.text else ["user"])
        assert (failed.status, failed.value) == ("rejected", None)
        (attempt,) = failed.attempts
        assert attempt.status == "failed"
        assert attempt.reason.startswith("the answer cannot be used, nor its repair")
        assert words in attempt.reason
        assert [verdict.check for verdict in failed.verdicts] == ["answer"]
    spend = made.spend()
    assert (spend["calls"], spend["failed"], spend["input_tokens"]) == (len(script), 0, 100 * len(script))
    assert made.outcome is not None
    assert made.outcome.exit_code == 0


#: A request that fails for good, and what is said of it.
FAULTS = [
    (Reply(status=429), "status 429", 2),
    (Reply(status=500), "status 500", 2),
    (Reply(status=529, message="Overloaded"), "status 529: Overloaded", 2),
    (Reply(status=400, message="too long"), "status 400: too long", 1),
    (Reply(reset=True), "connection failed", 2),
    (Reply("x", cut=True), "connection failed", 2),
    (Reply(raw=b'{"text": "\xff"}'), "not UTF-8", 1),
    (Reply(raw=b'{"content": ['), "not JSON", 1),
]


def test_a_request_that_fails_costs_its_round_only(tmp_path: Path) -> None:
    script: list[Reply] = []
    for i, (fault, _, requests) in enumerate(FAULTS):
        script += [*[fault] * requests, Reply(answer(10 + i), tokens=(90, 9, 0, 0))]
    with WireServer(script) as server:
        made = run(server, tmp_path, rounds=2 * len(FAULTS))
        assert len(server.requests) == len(script)
    rows = calls(made)
    for i, (_, words, _) in enumerate(FAULTS):
        failed, good = made.experiment(2 * i + 1), made.experiment(2 * i + 2)
        assert failed.status == "error"
        assert words in failed.attempts[0].reason
        assert failed.verdicts[0].check == "proposer"
        assert words in rows[2 * i]["error"]
        assert (rows[2 * i]["status"], rows[2 * i]["cost_usd"]) == ("error", 0.0)
        assert good.value == 10.0 + i
    n = len(FAULTS)
    assert made.spend() == {
        "calls": 2 * n,
        "failed": n,
        "input_tokens": 90 * n,
        "cached_tokens": 0,
        "output_tokens": 9 * n,
        "usd": pytest.approx(n * (90 * 2.0 + 9 * 10.0) / 1e6, rel=1e-12),
    }


def test_a_refusal_is_recorded_and_not_argued_with(tmp_path: Path) -> None:
    with WireServer([Reply("", stop="refusal"), Reply(answer(7))]) as server:
        made = run(server, tmp_path, rounds=2)
    refused = made.experiment(1)
    assert refused.status == "rejected"
    assert refused.attempts[0].reason == "m-served declined to answer: the model declined: not this"
    assert made.spend()["calls"] == 2


def test_many_bad_answers_in_a_row_do_not_end_the_run(tmp_path: Path) -> None:
    with WireServer(lambda body, number: Reply("blah")) as server:
        made = run(server, tmp_path, rounds=9)
    assert made.outcome is not None
    assert made.outcome.done == 9
    assert made.outcome.reason == "None of the 9 rounds gave a valid result."
    assert {row["status"] for row in made.rows() if row["round"]} == {"rejected"}
    assert made.spend()["calls"] == 18


def test_a_provider_that_never_answers_ends_the_run(tmp_path: Path) -> None:
    with WireServer(lambda body, number: Reply(status=500)) as server:
        made = run(server, tmp_path, rounds=9, model__retries=0)
    assert made.outcome is not None
    assert (made.outcome.status, made.outcome.exit_code, made.outcome.done) == ("failed", 1, 5)
    assert "5 rounds in a row failed" in made.outcome.reason
    assert "status 500" in made.outcome.reason


def test_a_refused_key_ends_the_run_at_once(tmp_path: Path) -> None:
    with WireServer([Reply(answer(5)), Reply(status=401, message="invalid x-api-key")]) as server:
        made = run(server, tmp_path, rounds=9)
        assert len(server.requests) == 2
    assert made.outcome is not None
    assert (made.outcome.status, made.outcome.exit_code, made.outcome.done) == ("failed", 1, 1)
    assert "status 401: invalid x-api-key; check the key" in made.outcome.reason


def test_a_duplicate_is_sent_back_with_its_twin_named(tmp_path: Path) -> None:
    same = answer(7, files=[{"path": "candidate.py", "source": "# other words\n" + program(7)}])
    with WireServer([Reply(answer(7)), Reply(same), Reply(answer(8))]) as server:
        made = run(server, tmp_path, rounds=2)
    asked = server.requests[2]["messages"][0]["content"]
    assert "the same program as experiment 1" in asked
    second = made.experiment(2)
    assert second.value == 8.0
    assert [attempt.status for attempt in second.attempts] == ["rejected", "accepted"]
    assert f"the same program as {made.run_id}.1" in second.attempts[0].reason


def test_a_failed_execution_is_mended_with_its_error_and_log(tmp_path: Path) -> None:
    broken = answer(
        0, files=[{"path": "candidate.py", "source": "def solve():\n    print('so far')\n    return 1 / 0\n"}]
    )
    edit = [{"path": "candidate.py", "search": "1 / 0", "replace": "{'x': 9}"}]
    with WireServer([Reply(broken), Reply(answer(9, files=[], edits=edit))]) as server:
        made = run(server, tmp_path, rounds=1)
    asked = server.requests[1]["messages"][0]["content"]
    assert "its execution ended as `error`" in asked
    assert "ZeroDivisionError" in asked
    assert "so far" in asked
    assert "Edits apply to the failed program above." in asked
    mended = made.experiment(1)
    assert mended.value == 9.0
    assert [(attempt.kind, attempt.status) for attempt in mended.attempts] == [
        ("proposal", "accepted"),
        ("repair", "accepted"),
    ]
    assert [row["role"] for row in calls(made)] == ["propose", "repair"]


def test_a_result_that_the_scorer_refuses_is_mended_too(tmp_path: Path) -> None:
    with WireServer([Reply(answer("'words'")), Reply(answer("'words'")), Reply(answer("5"))]) as server:
        made = run(server, tmp_path, rounds=1)
    # The same program again changes nothing, so it is asked for once more.
    assert made.experiment(1).value == 5.0
    assert "x is 'words', not a number" in server.requests[1]["messages"][0]["content"]
    assert "changes nothing" in server.requests[2]["messages"][-1]["content"]


def test_what_may_not_be_changed_is_not(tmp_path: Path) -> None:
    plugin = tmp_path / "guarded.py"
    source = TOY.read_text(encoding="utf-8").replace(
        "rounds=6,", 'rounds=6, editable=("candidate.py",), protected=("solve",),'
    )
    plugin.write_text(source, encoding="utf-8")
    other = answer(1, files=[{"path": "notes.txt", "source": "1"}])
    edit = [{"path": "candidate.py", "search": "return x * 1.0", "replace": "return x * 3.0"}]
    script = [Reply(other), Reply(answer(99)), Reply(answer(3, files=[], edits=edit))]
    with WireServer(script) as server:
        made = run(server, tmp_path, plugin, rounds=1)
    assert "notes.txt may not be changed" in server.requests[1]["messages"][-1]["content"]
    assert "the protected definition 'solve' was changed" in server.requests[2]["messages"][0]["content"]
    # The program that was refused is the one that was to be mended, and it has no such text.
    assert made.experiment(1).status == "rejected"
    assert "solve" in server.requests[0]["system"][0]["text"]


def test_code_over_the_limit_is_refused_and_not_cut(tmp_path: Path) -> None:
    big = program(3) + "# " + "x" * 200_000 + "\n"
    with WireServer([Reply(answer(3, files=[{"path": "candidate.py", "source": big}])), Reply(answer(4))]) as server:
        made = run(server, tmp_path, rounds=1)
    done = made.experiment(1)
    assert "at most 200000 are read" in done.attempts[0].reason
    assert done.attempts[0].files["candidate.py"] == big
    assert done.value == 4.0


def test_several_files(tmp_path: Path) -> None:
    files = [
        {"path": "candidate.py", "source": "import part\n\n\ndef solve():\n    return {'x': part.X}\n"},
        {"path": "part.py", "source": "X = 21\n"},
    ]
    edit = [{"path": "part.py", "search": "X = 21", "replace": "X = 22"}]
    script = [Reply(answer(21, files=files)), Reply(answer(22, files=[], edits=edit))]
    with WireServer(script) as server:
        made = run(server, tmp_path, rounds=2, sampler__name="greedy")
    assert made.experiment(1).value == 21.0
    second = made.experiment(2)
    assert second.candidate.files["part.py"] == "X = 22\n"
    assert second.value == 22.0


def test_an_openai_compatible_server_without_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with WireServer(counting) as server:
        made = run(server, tmp_path, llm="openai:local", model__base_url=f"{server.url}/v1")
        assert server.keys == {"none"}
    assert made.spend()["calls"] == 4
    best = made.best()
    assert best is not None
    assert best.value == 13.0


def test_several_workers_keep_the_totals_exact(tmp_path: Path) -> None:
    with WireServer(counting) as server:
        made = run(server, tmp_path, rounds=12, workers=4)
        assert len(server.requests) == 12
    assert made.spend()["calls"] == 12
    assert made.spend()["input_tokens"] == 1200
    assert len({row["call_id"] for row in calls(made)}) == 12


def test_observers_are_told_of_each_call_in_one_thread(tmp_path: Path) -> None:
    plugin = tmp_path / "watched.py"
    heard = tmp_path / "heard.txt"
    plugin.write_text(
        TOY.read_text(encoding="utf-8")
        + f"""

import threading


@hookimpl
def on_llm_call(event):
    with open({str(heard)!r}, "a") as out:
        out.write(f"{{event.experiment_id}} {{event.role}} {{event.input_tokens}} {{event.cost_usd:.6f}} "
                  f"{{threading.current_thread() is threading.main_thread()}}\\n")
""",
        encoding="utf-8",
    )
    with WireServer([Reply("no"), Reply(answer(4)), Reply(status=400)]) as server:
        made = run(server, tmp_path, plugin, rounds=2)
    name = made.run_id
    assert heard.read_text().splitlines() == [
        f"{name}.1 propose 100 0.000400 True",
        f"{name}.1 mend 100 0.000400 True",
        f"{name}.2 propose 0 0.000000 True",
    ]


def test_a_run_without_a_model_asks_none(tmp_path: Path) -> None:
    with WireServer(counting) as server:
        made = ae.run(
            str(TOY),
            rounds=2,
            seed=1,
            workers=1,
            db=tmp_path / "t.duckdb",
            llm="anthropic:m",
            model__base_url=server.url,
        )
        assert server.requests == []
    assert made.spend()["calls"] == 0
