"""Hostile programs through the whole loop: the run reaches its end, and no reader is harmed by what is kept of them."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import asi_evolve as ae
import pytest
from asi_evolve.cli.app import cli
from click.testing import CliRunner

HERE = Path(__file__).resolve().parent
ROUNDS = 19
#: What a terminal would obey, and what would turn the direction of writing.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("hostile") / "h.duckdb"
    run = ae.run(str(HERE / "hostile_domain.py"), seed=1, workers=1, db=str(path))
    assert run.outcome is not None
    assert (run.outcome.status, run.outcome.exit_code) == ("completed", 0), run.outcome.reason
    assert len([row for row in run.rows() if row["round"] > 0]) == ROUNDS
    return str(path)


def invoke(*arguments: str) -> str:
    done = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("command", ["status", "best", "lineage", "lineage best", "diff 1 2", *(f"show {i}" for i in range(1, ROUNDS + 1))])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_command_passes_on_what_a_terminal_obeys(database: str, command: str, form: tuple[str, ...]) -> None:
    text = invoke(*command.split(), "--db", database, *form)
    assert not CONTROLS.search(text), ascii(text)
    if form:
        json.loads(text)


def test_an_observer_that_clears_what_it_is_shown_changes_no_record(database: str) -> None:
    run = ae.open_run(db=database)
    for row in run.rows():
        experiment = run.experiment(row["experiment_id"])
        assert "def solve" in experiment.candidate.files["candidate.py"]
        assert not experiment.valid or experiment.score.metrics["=2+2"] == 2.0


def test_what_observers_say_is_one_clean_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "asi_evolve", "--plugin", str(HERE / "hostile_domain.py"), "run", "--rounds", "1", "--seed", "1", "--workers", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if "failed" in line]
    for name in ("on_run_start", "on_experiment_end", "on_new_best"):
        assert any(name in line for line in lines), (name, done.stderr)
    assert not CONTROLS.search(done.stdout + done.stderr)


def test_sql_prints_no_controls(database: str) -> None:
    for query in ("select * from experiments", "select * from metrics", "select * from candidate_files", "select chr(27) || '[31m' as \"\x1b[31m\""):
        assert not CONTROLS.search(invoke("sql", query, "--db", database))


def test_exports_hold_no_formulas(database: str, tmp_path: Path) -> None:
    invoke("export", "--db", database, "--sources", "--out", str(tmp_path / "x.csv"))
    rows = list(csv.reader((tmp_path / "x.csv").open(newline="")))
    assert len(rows) == ROUNDS + 2
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows for cell in row]
    assert any("=1+1" in cell for cell in cells)
    for cell in cells:
        assert not cell.startswith(("=", "@", "\t", "\r", "\n")), cell
        assert not cell.startswith(("+", "-")) or float(cell) is not None, cell
    invoke("export", "--db", database, "--out", str(tmp_path / "x.jsonl"))
    assert len([json.loads(line) for line in (tmp_path / "x.jsonl").open()]) == ROUNDS + 1
    printed = invoke("sql", "select motivation from experiments where round = 1", "--csv", "--db", database)
    assert list(csv.reader(io.StringIO(printed)))[1][0].startswith("'=")


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_the_report_runs_nothing_and_fetches_nothing(database: str, tmp_path: Path) -> None:
    invoke("report", "--db", database, "--out", str(tmp_path / "report"))
    page = Page((tmp_path / "report" / "report.html").read_text())
    assert page.tags.isdisjoint({"script", "iframe", "object", "embed", "form", "base", "link", "video", "audio", "image", "foreignobject", "animate", "set", "use"})
    for name, value in page.attributes:
        assert not name.startswith("on"), name
        if name in ("src", "href", "xlink:href", "action", "poster", "srcset", "background"):
            assert value.startswith(("data:image/", "https://", "http://", "#")), value
            assert name != "src" or value.startswith("data:image/")
        if name == "style":
            assert "url(" not in value
    for path in (tmp_path / "report").iterdir():
        assert not CONTROLS.search(path.read_text()), path.name
    picture = Page((tmp_path / "report" / "score.svg").read_text())
    assert "script" not in picture.tags


def test_what_came_back_is_what_was_returned(database: str) -> None:
    run = ae.open_run(db=database)
    values = {row["round"]: row["value"] for row in run.rows()}
    assert values[7] == 1.7e308
    assert values[6] == 5e-324
    text = invoke("sql", "select count(*) as n from experiments where truncated", "--db", database)
    assert "1" in text
