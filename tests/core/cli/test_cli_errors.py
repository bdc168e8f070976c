"""Bad input: one line on standard error that names what is wrong and the mend, exit status 2, nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from asi_evolve.store import RunInfo, open_store


def test_no_plugin_lists_the_installed(invoke, error_line):
    line = error_line(invoke("run", code=2))
    assert "circle_packing" in line
    assert "ASIEVOLVE_PLUGIN" in line


def test_unknown_plugin_names_near_ones_and_how_to_install(invoke, error_line, tmp_path):
    line = error_line(invoke("--plugin", "circle_pack", "run", code=2))
    assert "did you mean 'circle_packing'" in line
    assert "pip install" in line
    assert list(tmp_path.iterdir()) == []


def test_announced_plugin(invoke, error_line):
    assert "this version does not have it" in error_line(invoke("run", "--plugin", "dti", code=2))


def test_plugin_that_fails_to_import(invoke, error_line, tmp_path):
    (tmp_path / "broken.py").write_text("import no_such_library_at_all\n")
    line = error_line(invoke("run", "--plugin", "./broken.py", code=2))
    assert "no_such_library_at_all" in line
    (tmp_path / "bad.py").write_text("def domain(:\n")
    assert "bad.py" in error_line(invoke("plugins", "info", "./bad.py", code=2))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--rounds", "x"), ("--rounds", "integer")),
        (("--rounds", "0"), ("--rounds",)),
        (("--workers", "-1"), ("--workers",)),
        (("--sandbox", "Z"), ("--sandbox", "auto")),
        (("--trust", "yours"), ("--trust", "mine")),
        (("--budget-usd", "-1"), ("--budget-usd",)),
        (("--set", "rounds"), ("--set", "KEY=VALUE")),
        (("--set", "run.runds=3"), ("run.runds", "run.rounds")),
        (("--proposer", "hybrid"), ("hybrid", "grammar")),
        (("--proposer", "llm", "--llm", "antropic"), ("--llm antropic", "anthropic")),
        (("--proposer", "llm", "--llm", "openai"), ("--llm openai:NAME",)),
        (("--proposer", "llm", "--set", "model.key_variable=NO_SUCH_KEY"), ("NO_SUCH_KEY", "not set")),
        (("--proposer", "llm", "--llm", "mock:nothing.jsonl"), ("nothing.jsonl", "cannot be read")),
        (("--proposer", "llm", "--llm", "mock", "--set", "proposer.modus=edit"), ("modus", "mode")),
        (("--proposer", "llm", "--llm", "replay:abc"), ("replay:abc", "--db")),
        (("--roundz", "3"), ("--roundz", "--rounds")),
    ],
)
def test_bad_options(invoke, error_line, plugin_file, options, words):
    line = error_line(invoke("run", "--plugin", plugin_file, *options, code=2))
    for word in words:
        assert word in line


def test_unknown_command(invoke, error_line):
    assert "did you mean status" in error_line(invoke("staus", code=2))


def test_plugin_given_twice(invoke, error_line):
    assert "twice" in error_line(invoke("--plugin", "a", "run", "--plugin", "b", code=2))


def test_unknown_key_in_the_project_file(invoke, error_line, tmp_path):
    (tmp_path / "asievolve.toml").write_text('plugin = "circle_packing"\n[run]\nruonds = 3\n')
    line = error_line(invoke("config", code=2))
    assert "asievolve.toml:3" in line
    assert "run.rounds" in line
    (tmp_path / "asievolve.toml").write_text("[run\n")
    assert "TOML" in error_line(invoke("config", code=2))


def test_corrupt_database(invoke, error_line, tmp_path):
    path = tmp_path / "bad.duckdb"
    path.write_bytes(b"this is not a database" * 500)
    before = path.read_bytes()
    for command in (("status",), ("best",), ("sql", "select 1")):
        assert "bad.duckdb" in error_line(invoke(*command, "--db", path, code=2))
    assert path.read_bytes() == before


def test_newer_database(invoke, error_line, tmp_path):
    import duckdb

    path = tmp_path / "new.duckdb"
    open_store(path, purpose="test").close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE schema_version SET version = 9999")
    line = error_line(invoke("status", "--db", path, code=2))
    assert "9999" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_unwritable_folder(invoke, error_line, plugin_file, tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o500)
    assert "closed" in error_line(invoke("run", "--plugin", plugin_file, "--db", folder / "a.duckdb", code=2))


def test_database_in_a_place_that_cannot_be(invoke, error_line, plugin_file, tmp_path):
    run = ("run", "--plugin", plugin_file, "--trust", "mine", "--db")
    assert "nowhere" in error_line(invoke(*run, tmp_path / "nowhere" / "a.duckdb", code=2))
    (tmp_path / "folder.duckdb").mkdir()
    for read in (("status",), ("best",), ("sql", "select 1"), ("resume",)):
        for folder in ("/", tmp_path / "folder.duckdb"):
            assert "is a folder" in error_line(invoke(*read, "--db", folder, code=2))
    assert "folder.duckdb" in error_line(invoke(*run, tmp_path / "folder.duckdb", code=2))
    (tmp_path / "bad.duckdb").write_bytes(b"junk" * 5000)
    assert "bad.duckdb" in error_line(invoke(*run, tmp_path / "bad.duckdb", code=2))


def test_missing_database(invoke, error_line):
    assert "none.duckdb" in error_line(invoke("best", "--db", "none.duckdb", code=2))
    assert "none.duckdb" in error_line(invoke("resume", "--db", "none.duckdb", code=2))


@pytest.mark.parametrize(
    "arguments", [("best", "ffffff"), ("status", "ffffff"), ("export", "ffffff", "--out", "x.csv")]
)
def test_unknown_run(invoke, error_line, database, arguments):
    assert "no run 'ffffff'" in error_line(invoke(*arguments, "--db", database, code=2))


@pytest.mark.parametrize(
    "arguments", [("show", "aaa111.77"), ("diff", "77", "--run", "aaa111"), ("lineage", "aaa111.77")]
)
def test_unknown_experiment(invoke, error_line, database, arguments):
    line = error_line(invoke(*arguments, "--db", database, code=2))
    assert "no experiment" in line
    assert "77" in line


def test_database_owned_by_another_run(invoke, error_line, tmp_path, plugin_file):
    """A second process must not write; it learns who owns the file and can still look."""
    path = tmp_path / "owned.duckdb"
    with open_store(path, purpose="run 3fa1b2 of tiny") as store:
        store.create_run(RunInfo(run_id="3fa1b2", plugin="tiny", config={})).result()
        done = subprocess.run(
            [sys.executable, "-m", "asi_evolve", "run", "--plugin", str(plugin_file), "--db", str(path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 2, done
        assert "run 3fa1b2 of tiny" in done.stderr
        assert f"pid {os.getpid()}" in done.stderr
        assert "asievolve status" in done.stderr
        look = subprocess.run(
            [sys.executable, "-m", "asi_evolve", "status", "--db", str(path), "--json"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        row = json.loads(look.stdout)[0]
        assert (row["status"], row["live"]) == ("running", True)
    # Once the owner is gone, a run that still says "running" is one that was cut off.
    assert json.loads(invoke("status", "--db", path, "--json").stdout)[0]["status"] == "interrupted"


def test_cognition_file_with_missing_fields(invoke, error_line, tmp_path, plugin_file):
    path = tmp_path / "items.toml"
    path.write_text('[[item]]\nid = "a"\ntitle = "A"\ninsight = "x"\n')
    line = error_line(invoke("cognition", "add", path, "--plugin", plugin_file, code=2))
    assert "items.toml" in line
    assert "source" in line
    assert any(char.isdigit() for char in line.split("items.toml")[1][:4]), line
    assert not (tmp_path / "asievolve.duckdb").exists()


def test_candidate_that_does_not_parse(invoke, error_line, tmp_path, plugin_file):
    text = plugin_file.read_text().replace("def solve():", "def solve(:")
    (tmp_path / "torn.py").write_text(text)
    line = error_line(invoke("run", "--plugin", "./torn.py", code=2))
    assert "candidate.py" in line


def test_unexpected_exception_is_one_line_and_says_bug(invoke, error_line, monkeypatch, database):
    from asi_evolve.cli.shared import Shared

    def fail(self: Shared) -> None:
        raise RuntimeError("odd\nthing")

    monkeypatch.setattr(Shared, "reader", fail)
    line = error_line(invoke("best", "--db", database, code=1))
    assert "this is a bug" in line
    assert "ASIEVOLVE_DEBUG=1" in line
    monkeypatch.setenv("ASIEVOLVE_DEBUG", "1")
    assert isinstance(invoke("best", "--db", database, code=1).exception, RuntimeError)


def test_closed_pipe_is_quiet(database):
    script = f"{sys.executable} -m asi_evolve sql 'select * from range(200000)' --csv --db {database} | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "range\n"
    assert done.stderr == ""


def test_interrupt_is_130(invoke, monkeypatch, database):
    from asi_evolve.cli.shared import Shared

    def stop(self: Shared) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Shared, "reader", stop)
    invoke("best", "--db", database, code=130)


def test_project_file_is_found(invoke, tmp_path: Path):
    (tmp_path / "asievolve.toml").write_text('[run]\nrounds = 9\n[store]\ndb = "mine.duckdb"\n')
    rows = {row["key"]: row for row in json.loads(invoke("config", "--json").stdout)}
    assert rows["run.rounds"]["value"] == 9
    assert "asievolve.toml" in rows["run.rounds"]["origin"]
    assert rows["store.db"]["value"] == "mine.duckdb"
    rows = {row["key"]: row for row in json.loads(invoke("config", "--rounds", "2", "--json").stdout)}
    assert (rows["run.rounds"]["value"], rows["run.rounds"]["origin"]) == (2, "--rounds")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select value from experimens", "no table 'experimens' (did you mean 'experiments'"),
        ("select valu from experiments", "no column 'valu' (did you mean 'value'"),
        ("select e.valu from experiments e", "no column 'valu' (did you mean 'value'"),
    ],
)
def test_sql_with_an_unknown_name(invoke, error_line, database, query, words):
    line = error_line(invoke("sql", query, "--db", database, code=2))
    assert words in line
    assert "docs/reference/schema.md" in line


@pytest.mark.parametrize(
    "command",
    [
        ("export", "--out", "none/here/x.csv"),
        ("report", "--out", "none/here/x.html"),
        ("best", "--data", "none/here/x.npz"),
        ("cognition", "export", "--out", "none/here/x.toml"),
    ],
)
def test_a_file_in_a_folder_that_there_is_not(invoke, error_line, database, plugin_file, command):
    plugin = ("--plugin", plugin_file) if command[0] == "cognition" else ()
    line = error_line(invoke(*command, *plugin, "--db", database, code=2))
    assert "the folder none/here does not exist; make it first: mkdir -p none/here" in line


def test_the_nearest_option_is_named_first(invoke, error_line):
    assert "no such option --ronds (did you mean --rounds" in error_line(invoke("run", "--ronds", "3", code=2))
    assert "did you mean" not in error_line(invoke("run", "--zzzzzz", code=2))


def test_an_unknown_table_of_the_project_file(invoke, error_line, tmp_path):
    (tmp_path / "asievolve.toml").write_text('plugin = "x"\n[runs]\nrounds = 3\n')
    line = error_line(invoke("config", code=2))
    assert line.startswith("error: asievolve.toml:2: there is no table [runs] (did you mean 'run'")
    (tmp_path / "asievolve.toml").write_text("[zzzzzz]\nrounds = 3\n")
    assert "tables: analyzer, budget, " in error_line(invoke("config", code=2))


def test_a_misspelt_hook_lists_only_near_ones(invoke, error_line, plugin_file, tmp_path):
    (tmp_path / "own.py").write_text(plugin_file.read_text().replace("def score(", "def scroe("))
    line = error_line(invoke("plugins", "info", "./own.py", code=2))
    assert "no hook 'scroe' (did you mean 'score'" in line
    assert "register_llms" not in line


def test_times_are_told_to_the_second(invoke, database):
    assert "2026-01-01 00:00:00 UTC" in invoke("status", "aaa111", "--db", database).stdout
    assert json.loads(invoke("status", "aaa111", "--db", database, "--json").stdout)["created_at"].startswith(
        "2026-01-01T"
    )
