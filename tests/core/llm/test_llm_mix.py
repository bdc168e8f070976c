"""Several models that write programs: who is chosen, what each is credited with, and that it repeats."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asi_evolve.api import replay, resume
from asi_evolve.cli.app import run_main
from asi_evolve.config import from_json
from asi_evolve.errors import ConfigError
from asi_evolve.llm import Mix
from asi_evolve.records import Candidate, Experiment, Score
from asi_evolve.report.data import collect
from asi_evolve.store import open_reader
from llm_runs import answer, calls, run
from wire_server import Reply, WireServer

TWO = {"anthropic:dear": 1.0, "openai:cheap": 1.0}


def _experiment(fitness: float | None, *spent: tuple[str, float], origin: Any = "llm", stage: str = "s") -> Experiment:
    candidate = Candidate("r.1", {}, "candidate.py", "numpy", origin=origin)
    score = None if fitness is None else Score(fitness, True)
    rows = [{"model": name, "calls": 1, "usd": usd, "tokens": 100} for name, usd in spent]
    status: Any = "rejected" if fitness is None else "ok"
    return Experiment("r.1", "r", 1, candidate, status=status, stage=stage, score=score, notes={"models": rows})


def _learn(mix: Mix, *rounds: Experiment, parent: Experiment | None = None) -> dict[str, Any]:
    state = mix.init()
    for one in rounds:
        state = mix.update(state, one, parent)
    return state


def test_weights_are_kept_and_the_draw_repeats() -> None:
    mix = Mix({"a": 3.0, "b": 1.0})
    drawn = [mix.choose(mix.init(), seed) for seed in range(2000)]
    assert drawn == [mix.choose(mix.init(), seed) for seed in range(2000)]
    assert Counter(drawn)["a"] / 2000 == pytest.approx(0.75, abs=0.04)


def test_the_bandit_takes_the_model_that_gains_more_for_its_cost() -> None:
    """Both gain the same; one costs ten times as much. A bandit on gain alone would be indifferent."""
    mix = Mix(TWO, "bandit", discount=1.0)
    seed = _experiment(1.0, origin="seed")
    rounds = [_experiment(2.0, (name, usd)) for name, usd in (("anthropic:dear", 0.1), ("openai:cheap", 0.01))] * 20
    state = _learn(mix, seed, *rounds, parent=_experiment(1.5))
    chosen = Counter(mix.choose(state, number) for number in range(400))
    assert chosen["openai:cheap"] / 400 == pytest.approx(0.95, abs=0.03), "but for the rounds that are drawn evenly"
    per_token = replace(mix, unit="tokens")
    index = per_token.indices(_learn(per_token, seed, *rounds, parent=_experiment(1.5)))
    assert index["openai:cheap"] == pytest.approx(index["anthropic:dear"], rel=1e-9)


def test_each_model_is_tried_first() -> None:
    mix = Mix({"a": 1.0, "b": 1.0, "c": 1.0}, "bandit")
    state = _learn(mix, _experiment(1.0, origin="seed"), _experiment(5.0, ("a", 0.1)), _experiment(5.0, ("b", 0.1)))
    index = mix.indices(state)
    assert max(index, key=lambda name: index[name]) == "c"
    assert Counter(mix.choose(state, number) for number in range(300))["c"] > 240


def test_credit_is_bounded_and_without_a_unit() -> None:
    """One enormous gain counts as less than two ordinary rounds; and values times a million change nothing."""
    for factor in (1.0, 1e6):
        mix = Mix({"a": 1.0, "b": 1.0}, "bandit", discount=1.0)
        values = [("a", 2.0), ("a", 2.0), ("b", 1e9)]
        seed = _experiment(factor, origin="seed")
        state = _learn(mix, seed, *(_experiment(factor * value, (name, 0.01)) for name, value in values))
        assert state["models"]["a"]["credit"] == pytest.approx(1.0)
        assert 0.5 < state["models"]["b"]["credit"] < 1.0


def test_a_failed_round_costs_its_model_and_credits_nobody() -> None:
    mix = Mix(TWO, "bandit", discount=1.0)
    state = _learn(mix, _experiment(1.0, origin="seed"), _experiment(None, ("anthropic:dear", 0.3)))
    assert state["models"] == {"anthropic:dear": {"rounds": 1.0, "credit": 0.0, "cost": 0.3}}


def test_no_gain_is_read_off_values_of_two_stages() -> None:
    mix = Mix({"a": 1.0}, "bandit")
    state = _learn(
        mix, _experiment(1.0, origin="seed"), _experiment(9.0, ("a", 0.1), stage="t"), parent=_experiment(2.0)
    )
    assert state["models"]["a"]["credit"] == 0.0


def test_what_was_learned_fades() -> None:
    """A model that gained once and then nothing falls behind one that gains now."""
    mix = Mix({"a": 1.0, "b": 1.0}, "bandit", discount=0.8, explore=0.0)
    early = [_experiment(2.0, ("a", 0.01))] * 5
    late = [_experiment(1.0, ("a", 0.01))] * 10 + [_experiment(2.0, ("b", 0.01))] * 2
    index = mix.indices(_learn(mix, _experiment(1.0, origin="seed"), *early, *late))
    assert index["b"] > 3 * index["a"]


MIXED = {
    "llm": None,
    "mix__models": ["anthropic:dear", "openai:cheap=1"],
    "mix__policy": "bandit",
    "model__prices": ["anthropic:dear=20/100", "openai:cheap=1/5"],
    "model__price_input": None,
    "model__price_output": None,
}


def _climbing(body: dict[str, Any], number: int) -> Reply:
    """Each program better than the last, now and then an answer that cannot be used."""
    return Reply("no object" if number == 3 else answer(10 + number), tokens=(1000, 100, 0, 0))


def _mixed(server: WireServer, path: Path, **more: Any) -> Any:
    return run(server, path, **{**MIXED, "model__base_urls": [f"openai={server.url}/v1"], **more})


def test_a_mixed_run_is_the_same_whether_interrupted_resumed_or_replayed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with WireServer(_climbing) as server:
        whole = _mixed(server, tmp_path / "a", rounds=8)
    with WireServer(_climbing) as server:
        _mixed(server, tmp_path / "b", rounds=3)
        resumed = resume(tmp_path / "b" / "t.duckdb", rounds=5)
    chosen = [[whole.experiment(i).notes.get("mix") for i in range(1, 9)]]
    chosen.append([resumed.experiment(i).notes.get("mix") for i in range(1, 9)])
    assert chosen[0] == chosen[1]
    assert set(chosen[0]) == {"anthropic:dear", "openai:cheap"}
    assert Counter(chosen[0])["openai:cheap"] > 4, "the same gain at a twentieth of the price"
    outcome = replay(tmp_path / "a" / "t.duckdb", whole.run_id)
    assert outcome.same, (outcome.differences, outcome.states)
    with open_reader(tmp_path / "a" / "t.duckdb") as reader:
        state = reader.state(whole.run_id)["proposer"]
        settings = from_json(reader.run_info(whole.run_id).config)
    assert settings.mix.models == ("anthropic:dear=1", "openai:cheap=1")
    assert settings.llm == "anthropic:dear"
    assert state["unit"] == "usd"
    # The whole price of a round, its mended answer too, is its model's.
    for row in calls(whole):
        number = int(row["experiment_id"].rpartition(".")[2])
        assert f"{row['provider']}:{row['model']}" == whole.experiment(number).notes["mix"]
    spent = [row for i in range(1, 9) for row in whole.experiment(i).notes["models"]]
    assert sum(row["usd"] for row in spent) == pytest.approx(whole.spend()["usd"])
    assert sum(row["calls"] for row in spent) == whole.spend()["calls"] == 9
    table = {one.model: one for one in collect(whole).spend.writers}
    assert {name: one.rounds for name, one in table.items()} == Counter(chosen[0])
    assert sum(one.gains for one in table.values()) == 8
    rise = sum(whole.experiment(i).value - whole.experiment(_parent(whole, i)).value for i in range(1, 9))
    assert sum(one.gain for one in table.values()) == pytest.approx(rise)
    assert sum(one.usd for one in table.values()) == pytest.approx(whole.spend()["usd"])
    run_main(["--db", str(whole.db), "report", "--out", str(tmp_path / "r")])
    (page,) = (tmp_path / "r").glob("*.md")
    assert "gain per dollar" in page.read_text(encoding="utf-8")


def _parent(made: Any, number: int) -> str:
    return str(made.experiment(number).candidate.parents[0])


def test_models_without_a_price_are_compared_by_tokens_and_it_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from asi_evolve.api.assemble import models_of
    from asi_evolve.cli.progress.lines import head_line
    from asi_evolve.config import Settings, override
    from llm_runs import TOY

    flags = {"plugin": str(TOY), "proposer.name": "llm", "mix.policy": "bandit"}
    found = models_of(override(Settings(), {**flags, "mix.models": ["mock", "openai:unknown=2"]}).settings)
    assert found is not None
    assert found.facts()["mix"]["gain_per"] == "tokens"
    with WireServer(_climbing) as server:
        made = _mixed(server, tmp_path, rounds=1)
    with open_reader(tmp_path / "t.duckdb") as reader:
        line = head_line(reader.run_info(made.run_id), found.facts())
    assert "chosen by gain per token" in line
    assert json.dumps(found.facts())


@pytest.mark.parametrize("entry", ["mock=0", "mock=-1", "=2", "mock=inf"])
def test_a_wrong_weight_is_named(entry: str) -> None:
    from asi_evolve.api.models import _weights

    with pytest.raises(ConfigError, match=r"^mix\.models: "):
        _weights([entry])


def test_a_model_that_is_named_twice_is_refused() -> None:
    from asi_evolve.api.models import _weights

    with pytest.raises(ConfigError, match=r"^mix\.models: 'mock' is there twice"):
        _weights(["mock", "mock=2"])
    assert _weights(["mock:a=b.jsonl", "mock=0.5"]) == {"mock:a=b.jsonl": 1.0, "mock": 0.5}
