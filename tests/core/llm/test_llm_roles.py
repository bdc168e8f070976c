"""Another model for single questions: who is asked, at whose price, and that it stays so after an interruption."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from asi_evolve.api import replay, resume
from asi_evolve.api.assemble import models_of
from asi_evolve.budget import Budget, BudgetReached, Meter
from asi_evolve.cli.app import run_main
from asi_evolve.config import Settings, from_json, override
from asi_evolve.errors import ConfigError, UsageError
from asi_evolve.llm import Answer, CallBook, Message, ModelRouter, ModelService, PaidAnswer, Price, Request, Usage
from asi_evolve.llm.scripted import ReplayProvider
from asi_evolve.store import open_reader
from llm_runs import KEY, TOY, answer, calls, run
from wire_server import Reply, WireServer

MEND = {"roles__mend": "openai:small", "model__prices": ["openai:small=1/4"]}


def _bad_first(body: dict[str, Any], number: int) -> Reply:
    """The large model's first answer is no object; the small one mends it."""
    if body["model"] == "small":
        return Reply(answer(20), tokens=(1000, 100, 0, 0))
    return Reply("no object" if number == 0 else answer(10 + number), tokens=(2000, 200, 0, 0))


def test_a_role_has_its_own_model_and_price_and_a_resumed_run_keeps_it(tmp_path: Path) -> None:
    with WireServer(_bad_first) as server:
        settings = {**MEND, "model__base_urls": [f"openai={server.url}/v1"]}
        made = run(server, tmp_path, rounds=2, **settings)
        rows = calls(made)
        assert [(row["role"], row["provider"], row["model"]) for row in rows] == [
            ("propose", "anthropic", "m"),
            ("mend", "openai", "small"),
            ("propose", "anthropic", "m"),
        ]
        assert [row["call_id"].partition(".")[2] for row in rows] == ["1.c0", "1.c1", "2.c0"]
        large, small = (2000 * 2.0 + 200 * 10.0) / 1e6, (1000 * 1.0 + 100 * 4.0) / 1e6
        assert [row["cost_usd"] for row in rows] == pytest.approx([large, small, large])
        again = resume(tmp_path / "t.duckdb", rounds=1)
        assert again.outcome is not None
        assert again.outcome.done == 3
    assert made.experiment(1).value == 20.0
    outcome = replay(tmp_path / "t.duckdb", made.run_id)
    assert outcome.same, outcome.differences


def test_the_default_model_is_recorded_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with WireServer(lambda body, number: Reply(answer(number))) as server:
        made = run(server, tmp_path, rounds=1, llm=None, roles__judge="anthropic")
        first = server.requests[0]["model"]
        with open_reader(tmp_path / "t.duckdb") as reader:
            settings = from_json(reader.run_info(made.run_id).config)
        assert (settings.llm, settings.roles.judge) == (f"anthropic:{first}", f"anthropic:{first}")
        monkeypatch.setattr("asi_evolve.llm.anthropic.DEFAULT_MODEL", "a-later-one")
        resume(tmp_path / "t.duckdb", rounds=1)
        assert [body["model"] for body in server.requests] == [first, first]


class _Fixed:
    """Answers with its own name."""

    name = "fixed"

    def __init__(self, model: str, secrets: tuple[str, ...] = ()) -> None:
        self.model, self.secrets, self.asked = model, secrets, 0

    def complete(self, request: Request) -> Answer:
        self.asked += 1
        return Answer(f"{self.model} says {KEY}", Usage(10, 5), "end", self.model)


def _router(meter: Meter, book: CallBook, rows: list[dict[str, Any]]) -> tuple[ModelRouter, _Fixed, _Fixed]:
    def record(*_: Any, **row: Any) -> Any:
        rows.append(row)
        return _Done()

    large, small = _Fixed("large", (KEY,)), _Fixed("small")
    dear, cheap = Price.of(10.0, 50.0, "test"), Price.of(0.1, 0.5, "test")
    services = [
        ModelService("r", one, price, meter, record, book=book, secrets=(KEY,))
        for one, price in ((large, dear), (small, cheap))
    ]
    return ModelRouter(services[0], {"judge": services[1]}), large, small


class _Done:
    def result(self) -> None:
        return None


QUESTION = Request("You judge.", (Message("user", "How good?"),), 100)


def test_the_most_that_is_set_aside_is_that_of_the_model_asked() -> None:
    rows: list[dict[str, Any]] = []
    meter = Meter(Budget(usd=0.003))
    router, large, small = _router(meter, CallBook(), rows)
    with pytest.raises(BudgetReached):
        router.ask("r.1", "propose", QUESTION, {})
    assert router.ask("r.1", "judge", QUESTION, {}).answer.model == "small"
    assert (large.asked, small.asked) == (0, 1)
    assert meter.model_use == (pytest.approx((10 * 0.1 + 5 * 0.5) / 1e6), 15)


def test_no_model_brings_the_key_of_another_into_the_record() -> None:
    rows: list[dict[str, Any]] = []
    router, _, _ = _router(Meter(Budget()), CallBook(), rows)
    asked = router.ask("r.1", "judge", Request(f"The key is {KEY}.", QUESTION.messages, 100), {})
    assert asked.answer.text == "small says [key]"
    assert KEY not in json.dumps(rows)


def test_an_opinion_that_was_paid_for_is_used_for_the_same_program_only() -> None:
    paid = {
        "r.1": [
            PaidAnswer("r.1.c0", role, Answer(f"{role} on {program}", Usage(), "end"), {"program": program})
            for role, program in (("judge", "aa"), ("opinion", "aa"), ("judge", "bb"))
        ]
    }
    router, large, small = _router(Meter(Budget()), CallBook(paid, {"r.1": 3}), [])
    assert router.ask("r.1", "judge", QUESTION, {"program": "bb"}).answer.text == "judge on bb"
    new = router.ask("r.1", "judge", QUESTION, {"program": "cc"})
    assert (new.reused, new.call_id, small.asked) == (False, "r.1.c3", 1)
    again = router.ask("r.1", "opinion", QUESTION, {"program": "aa"})
    assert (again.reused, again.cost_usd, again.answer.text) == (True, 0.0, "opinion on aa")
    assert large.asked == 0


def test_a_replay_answers_by_role() -> None:
    answers = [("judge", "", Answer("7", Usage(), "end")), ("propose", "", Answer("code", Usage(), "end"))]
    provider = ReplayProvider("m", {"1": answers})
    asked = [Request("", (), 10, round="1", role=role) for role in ("propose", "judge")]
    assert [provider.complete(one).text for one in asked] == ["code", "7"]


def _settings(**more: Any) -> Settings:
    flags = {"plugin": str(TOY), "proposer.name": "llm", "llm": "mock", **more}
    return override(Settings(), flags).settings


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"roles.judge": "nobody:m"}, r"^roles\.judge: .*no provider 'nobody'"),
        ({"roles.judge": "openai"}, r"^roles\.judge: .*name the model too"),
        ({"model.prices": ["openai:m=cheap"]}, r"^model\.prices: 'openai:m=cheap' must have the form"),
        ({"model.prices": ["openai:m=1/inf"]}, r"^model\.prices: "),
        ({"model.base_urls": ["openai"], "roles.judge": "openai:m"}, r"^model\.base_urls: an entry must have the form"),
        ({"roles.judge": "openai:m", "budget.usd": 1.0}, r"^roles\.judge: .*price of openai:m is not known"),
    ],
)
def test_what_is_wrong_with_a_role_is_said_before_the_start(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        models_of(_settings(**more))


def test_a_role_needs_the_key_of_its_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(UsageError, match=r"^roles\.judge: .*OPENAI_API_KEY is not set"):
        models_of(_settings(**{"roles.judge": "openai:m"}))
    assert models_of(override(_settings(), {"proposer.name": "grammar", "roles.judge": "openai:m"}).settings) is None


def test_the_plan_and_the_doctor_name_each_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    project = '[roles]\njudge = "openai:small"\n[model]\nprices = ["openai:small=1/4"]\n[proposer]\nname = "llm"\n'
    (tmp_path / "asievolve.toml").write_text(f'plugin = "{TOY}"\nllm = "mock"\n{project}', encoding="utf-8")
    assert run_main(["--json", "run", "--dry-run", "--sandbox", "auto"]) == 0
    planned = json.loads(capfd.readouterr().out)
    assert planned["roles"]["judge"]["llm"] == "openai:small"
    assert "1 USD in, 4 USD out" in planned["roles"]["judge"]["price"]
    run_main(["--json", "doctor"])
    checks = json.loads(capfd.readouterr().out)["checks"]
    said = {row["name"]: (row["state"], row["message"]) for row in checks if row["group"] == "Models"}
    assert said["llm"][0] == "ok"
    assert said["roles.judge"] == ("ok", "openai:small (1 USD in, 4 USD out per million tokens, from the settings)")
