"""Layers, origins, types and errors of the settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from asi_evolve.config import KEYS, Settings, environment_name, from_json, load_settings, override, to_json
from asi_evolve.errors import ConfigError
from hypothesis import given
from hypothesis import strategies as st


def project(tmp_path: Path, text: str) -> Path:
    (tmp_path / "asievolve.toml").write_text(text)
    return tmp_path


def refusal(**arguments: object) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(**arguments)  # type: ignore[arg-type]
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_defaults_are_those_of_the_keys(tmp_path: Path) -> None:
    resolved = load_settings(cwd=tmp_path)
    assert resolved.settings == Settings()
    assert resolved.config_file is None
    assert set(resolved.origins.values()) == {"default"}
    assert set(resolved.origins) == set(KEYS)
    assert resolved.settings.proposer.name == "grammar"
    assert resolved.settings.store.db == "asievolve.duckdb"


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(tmp_path: Path) -> None:
    cwd = project(tmp_path, 'plugin = "from_file"\n[run]\nrounds = 1\nseed = 1\nworkers = 1\nordered = true\n')
    env = {"ASIEVOLVE_RUN_ROUNDS": "2", "ASIEVOLVE_RUN_SEED": "2", "HOME": "/nowhere"}
    resolved = load_settings({"run.rounds": 3, "run.target": None}, ["sampler.c=0.5"], env=env, cwd=cwd)
    run = resolved.settings.run
    assert (run.rounds, run.seed, run.workers, run.ordered, run.target) == (3, 2, 1, True, None)
    assert resolved.settings.plugin == "from_file"
    assert resolved.settings.sampler.options == {"c": 0.5}
    origins = resolved.origins
    assert origins["run.rounds"] == "--rounds"
    assert origins["run.seed"] == "ASIEVOLVE_RUN_SEED"
    assert origins["run.workers"] == "asievolve.toml:5: [run] workers"
    assert origins["plugin"] == "asievolve.toml:1: plugin"
    assert origins["sampler.c"] == "--set sampler.c"
    assert origins["run.backend"] == "default"


def test_config_names_another_file_and_the_project_file_is_then_not_read(tmp_path: Path) -> None:
    cwd = project(tmp_path, 'plugin = "project"\n')
    other = tmp_path / "other.toml"
    other.write_text("[run]\nrounds = 9\n")
    resolved = load_settings(config_file=other, cwd=cwd)
    assert resolved.settings.run.rounds == 9
    assert resolved.settings.plugin == ""
    assert resolved.config_file == other


def test_a_project_file_of_a_parent_folder_is_not_read(tmp_path: Path) -> None:
    project(tmp_path, 'plugin = "parent"\n')
    (tmp_path / "below").mkdir()
    assert load_settings(cwd=tmp_path / "below").settings.plugin == ""


@pytest.mark.parametrize(
    ("sets", "path", "value"),
    [
        ("run.rounds=10", "run.rounds", 10),
        ("run.target=2.5", "run.target", 2.5),
        ("run.target=2", "run.target", 2.0),
        ("run.ordered=yes", "run.ordered", True),
        ("analyzer.enabled=false", "analyzer.enabled", False),
        ('run.backend="jax"', "run.backend", "jax"),
        ("store.db=a=b.duckdb", "store.db", "a=b.duckdb"),
        ("llm=5", "llm", "5"),
        ("plugins.disable=a,b", "plugins.disable", ("a", "b")),
    ],
)
def test_set_parses_by_the_type_of_the_key(sets: str, path: str, value: object, tmp_path: Path) -> None:
    settings = load_settings(sets=[sets], cwd=tmp_path).settings
    found: object = settings
    for part in path.split("."):
        found = getattr(found, part)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2", 2), ("0.5", 0.5), ("true", True), ("square-26", "square-26"), ('"26"', "26"), ("[1, 2]", [1, 2]), ("", "")],
)
def test_keys_of_open_tables_are_read_as_toml_or_text(text: str, value: object, tmp_path: Path) -> None:
    assert load_settings(sets=[f"domain.x={text}"], cwd=tmp_path).settings.domain == {"x": value}


def test_a_set_cannot_smuggle_in_a_second_key(tmp_path: Path) -> None:
    assert load_settings(sets=["domain.x=1\ny=2"], cwd=tmp_path).settings.domain == {"x": "1\ny=2"}


def test_the_environment_sets_domain_and_option_keys_and_ignores_empty_and_foreign_ones(tmp_path: Path) -> None:
    env = {
        "ASIEVOLVE_DOMAIN_CPU_SECONDS": "2",
        "ASIEVOLVE_SAMPLER_C": "0.25",
        "ASIEVOLVE_DEBUG": "1",
        "ASIEVOLVE_RUN_ROUNDS": "",
        "_ASIEVOLVE_COMPLETE": "bash_source",
    }
    settings = load_settings(env=env, cwd=tmp_path).settings
    assert settings.domain == {"cpu_seconds": 2}
    assert settings.sampler.options == {"c": 0.25}
    assert settings.run.rounds is None


def test_disabled_plugins_add_up(tmp_path: Path) -> None:
    cwd = project(tmp_path, '[plugins]\ndisable = ["a"]\n')
    resolved = load_settings({"plugins.disable": ["b", "a"]}, cwd=cwd)
    assert resolved.settings.plugins.disable == ("a", "b")
    assert resolved.origins["plugins.disable"] == "asievolve.toml:2: [plugins] disable, -p no:NAME"


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ({"flags": {"run.rounds": 0}}, ["--rounds", "from 1 to", "0"]),
        ({"flags": {"run.rounds": "abc"}}, ["--rounds", "whole number", "'abc'"]),
        ({"flags": {"run.workers": True}}, ["--workers", "True"]),
        ({"flags": {"run.target": float("nan")}}, ["--target", "nan"]),
        ({"flags": {"sandbox.tier": "Z"}}, ["--sandbox", "'auto'", "'F'", "'Z'"]),
        ({"flags": {"proposer.name": " "}}, ["--proposer", "empty"]),
        ({"flags": {"run.ruonds": 1}}, ["run.ruonds", "did you mean 'run.rounds'"]),
        ({"sets": ["rounds=3"]}, ["--set rounds", "did you mean 'run.rounds'"]),
        ({"sets": ["run.rounds"]}, ["KEY=VALUE"]),
        ({"sets": ["run=3"]}, ["'run' is a table"]),
        ({"sets": ["proposer=random"]}, ["set proposer.name instead"]),
        ({"sets": ["budget.usd=-1"]}, ["--set budget.usd", "at least 0"]),
        ({"sets": ["run.ordered=perhaps"]}, ["true or false", "'perhaps'"]),
        ({"sets": ["run.rounds=4"], "flags": {"run.rounds": 5}}, ["--rounds", "--set run.rounds", "different"]),
        ({"env": {"ASIEVOLVE_RUN_ROUNDS": "many"}}, ["ASIEVOLVE_RUN_ROUNDS", "whole number"]),
        ({"env": {"ASIEVOLVE_RUN_ROUND": "3"}}, ["ASIEVOLVE_RUN_ROUND:", "did you mean 'ASIEVOLVE_RUN_ROUNDS'"]),
        ({"flags": {"proposer.name": "hybrid"}}, ["--proposer", "no hybrid proposer yet", "grammar"]),
        ({"sets": ["model.retries=99"]}, ["--set model.retries", "from 0 to 20"]),
    ],
)
def test_a_wrong_value_is_one_line_that_names_its_origin(
    arguments: dict[str, object], parts: list[str], tmp_path: Path
) -> None:
    text = refusal(cwd=tmp_path, **arguments)
    for part in parts:
        assert part in text


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("[run]\n\nruonds = 3\n", ["asievolve.toml:3: [run] ruonds", "did you mean 'run.rounds'"]),
        ("[run]\nrounds = 2.0\n", ["asievolve.toml:2: [run] rounds", "whole number", "2.0"]),
        ("[run]\nrounds = '3'\n", ["asievolve.toml:2", "whole number"]),
        ("rounds = 3\n", ["asievolve.toml:1: rounds", "did you mean 'run.rounds'"]),
        ("[rum]\nrounds = 3\n", ["asievolve.toml:1", "no table [rum] (did you mean 'run'?)"]),
        ("[run]\nrounds = \n", ["asievolve.toml", "not valid TOML", "line 2"]),
        ("proposer = 'random'\n", ["asievolve.toml:1", "table", "proposer.name"]),
        ("[domain]\nday = 2020-01-01\n", ["asievolve.toml:2: [domain] day", "datetime"]),
        ("[plugins]\ndisable = 'x'\n", ["asievolve.toml:2: [plugins] disable", "list"]),
    ],
)
def test_a_fault_in_the_project_file_names_file_line_and_key(source: str, parts: list[str], tmp_path: Path) -> None:
    text = refusal(cwd=project(tmp_path, source))
    for part in parts:
        assert part in text


def test_an_unreadable_file_is_one_line(tmp_path: Path) -> None:
    assert "none.toml" in refusal(config_file=tmp_path / "none.toml")
    (tmp_path / "asievolve.toml").write_bytes(b"\xff\xfe")
    assert "UTF-8" in refusal(cwd=tmp_path)


def test_override_changes_only_what_is_given(tmp_path: Path) -> None:
    stored = load_settings({"run.rounds": 5, "run.seed": 3}, ["domain.n=4"], cwd=tmp_path).settings
    resolved = override(stored, {"run.rounds": 9}, ["domain.m=1"])
    assert resolved.settings.run.rounds == 9
    assert resolved.settings.run.seed == 3
    assert resolved.settings.domain == {"n": 4, "m": 1}
    assert resolved.origins["run.rounds"] == "--rounds"
    assert resolved.origins["run.seed"] == "the run"


def test_a_path_is_taken_where_text_is_wanted(tmp_path: Path) -> None:
    assert load_settings({"store.db": tmp_path / "x.duckdb"}, cwd=tmp_path).settings.store.db == str(
        tmp_path / "x.duckdb"
    )


@given(
    rounds=st.none() | st.integers(1, 10**6),
    target=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    tier=st.sampled_from(["auto", "A", "F"]),
    options=st.dictionaries(st.from_regex(r"[a-z]{2,8}", fullmatch=True).filter(lambda k: k != "name"), st.integers()),
    disable=st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), unique=True),
)
def test_settings_survive_the_store(
    rounds: int | None, target: float | None, tier: str, options: dict[str, int], disable: list[str]
) -> None:
    import json

    flags = {"run.rounds": rounds, "run.target": target, "sandbox.tier": tier, "plugins.disable": disable}
    flags |= {f"sampler.{key}": value for key, value in options.items()}
    flags |= {f"domain.{key}": value for key, value in options.items()}
    settings = override(Settings(plugin="x"), flags).settings
    assert from_json(json.loads(json.dumps(to_json(settings)))) == settings


def test_from_json_names_a_key_that_it_does_not_know() -> None:
    with pytest.raises(ConfigError, match=r"stored configuration: run\.color"):
        from_json({"run": {"color": 1}})


def test_environment_names_are_unique() -> None:
    names = [environment_name(key) for key in KEYS]
    assert len(set(names)) == len(names)
    assert environment_name("executor.slots_per_gpu") == "ASIEVOLVE_EXECUTOR_SLOTS_PER_GPU"


def test_every_key_is_documented_and_its_default_is_right() -> None:
    for key in KEYS.values():
        assert key.doc.endswith(".")
        assert key.read(key.default, key.name) == key.default


def test_importing_it_loads_no_numpy() -> None:
    code = "import sys, asi_evolve.config; assert not {'numpy', 'duckdb', 'rich', 'click'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
