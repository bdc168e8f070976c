"""Commands that read a database: what they print and the fields of their JSON."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

RUN = "aaa111"
FIELDS = (
    *("experiment_id", "run_id", "round", "value", "valid", "stderr", "metrics", "stage", "origin", "motivation"),
    *("parents", "sandbox_tier", "attested", "files"),
)


def test_status_lists_runs(invoke, database):
    rows = json.loads(invoke("status", "--db", database, "--json").stdout)
    assert [row["run_id"] for row in rows] == [RUN, "bbb222"]
    assert rows[0] | {"live": False, "rounds_done": 4, "rounds_valid": 3, "best_value": 0.75, "seed": 7} == rows[0]
    text = invoke("status", "--db", database).stdout
    assert RUN in text
    assert "4/4" in text
    assert "0.75" in text
    detail = invoke("status", "aaa", "--db", database).stdout
    assert "All 4 rounds were done." in detail
    assert "bbb222" not in detail


@pytest.mark.parametrize("command", [("best", RUN), ("show", f"{RUN}.2")])
def test_experiment_json_has_the_documented_fields(invoke, database, command):
    found = json.loads(invoke(*command, "--db", database, "--json").stdout)
    assert set(FIELDS) <= set(found)
    assert found["experiment_id"] == f"{RUN}.2"
    assert found["value"] == 0.75
    assert found["parents"] == [f"{RUN}.1"]
    assert found["sandbox_tier"] == "A"
    assert found["attested"] is True
    assert "tunable(0.75" in found["files"]["candidate.py"]


def test_best_for_people(invoke, database):
    text = invoke("best", RUN, "--db", database).stdout
    assert "attested" in text
    assert "0.75" in text
    assert "def guess" in text
    assert "\x1b" not in text  # the motivation's escape sequence is made visible
    assert "\\x1b[31m" in text
    assert "[bold]x[/bold]" in text  # not read as markup
    assert invoke("best", RUN, "--db", database, "--source").stdout.startswith("from asi_evolve import tunable")


def test_show_a_failure(invoke, database):
    text = invoke("show", "3", "--run", RUN, "--db", database).stdout
    assert "none: error" in text
    assert "ValueError: no | luck" in text
    assert "\x1b" not in text
    found = json.loads(invoke("show", f"{RUN}.3", "--db", database, "--json").stdout)
    assert found["value"] is None
    assert found["valid"] is False


def test_show_writes_data(invoke, database, tmp_path):
    invoke("show", f"{RUN}.2", "--db", database, "--data", "data.npz")
    with np.load(tmp_path / "data.npz", allow_pickle=False) as arrays:
        assert float(arrays["x"]) == 0.75
    assert "npz" in invoke("show", f"{RUN}.2", "--db", database, "--data", "data.txt", code=2).stderr


def test_diff_with_the_parent(invoke, database):
    found = json.loads(invoke("diff", f"{RUN}.2", "--db", database, "--json").stdout)
    assert (found["from"], found["to"]) == (f"{RUN}.1", f"{RUN}.2")
    assert "-    return tunable(0.4, 0.0, 1.0)" in found["diff"]
    assert any("0.75" in change["text"] for change in found["changes"])
    text = invoke("diff", "1", "4", "--run", RUN, "--db", database).stdout
    assert "+    return tunable(0.5, 0.0, 1.0)" in text
    assert "no parent" in invoke("diff", f"{RUN}.s0", "--db", database, code=2).stderr


def test_lineage(invoke, database):
    line = json.loads(invoke("lineage", "--run", RUN, "--db", database, "--json").stdout)
    assert [row["experiment_id"] for row in line] == [f"{RUN}.s0", f"{RUN}.1", f"{RUN}.2"]
    text = invoke("lineage", f"{RUN}.2", "--db", database).stdout
    assert text.index(f"{RUN}.s0") < text.index(f"{RUN}.1") < text.index(f"{RUN}.2")
    assert "(+0.35)" in text
    assert "\x1b" not in text
    tree = invoke("lineage", "--tree", "--run", RUN, "--db", database).stdout
    assert all(f"{RUN}.{name}" in tree for name in ("s0", "1", "2", "3", "4"))


def test_a_long_line_of_descent_is_a_list(invoke, database, monkeypatch):
    from asi_evolve.cli.commands import lineage

    monkeypatch.setattr(lineage, "DEEP", 2)
    lines = invoke("lineage", f"{RUN}.2", "--db", database).stdout.splitlines()
    assert [line.split()[0] for line in lines] == [f"{RUN}.s0", f"{RUN}.1", f"{RUN}.2"]


def test_sql(invoke, database):
    query = f"select experiment_id, value from experiments where run_id = '{RUN}' and valid order by value desc"
    rows = json.loads(invoke("sql", query, "--db", database, "--json").stdout)
    assert rows[0] == {"experiment_id": f"{RUN}.2", "value": 0.75}
    assert invoke("sql", query, "--db", database, "--csv").stdout.splitlines()[:2] == [
        "experiment_id,value",
        f"{RUN}.2,0.75",
    ]
    assert f"{RUN}.2" in invoke("sql", query, "--db", database).stdout


@pytest.mark.parametrize(
    "query", ["drop table runs", "select 1; select 2", "selekt", "select * from read_text('/etc/passwd')"]
)
def test_sql_refuses(invoke, database, query, error_line):
    error_line(invoke("sql", query, "--db", database, code=2))


def test_export(invoke, database, tmp_path):
    import pyarrow.parquet as pq

    invoke("export", RUN, "--db", database, "--out", "e.parquet")
    table = pq.read_table(tmp_path / "e.parquet")
    assert table.num_rows == 5
    types = {field.name: str(field.type) for field in table.schema}
    wanted = {"value": "double", "stderr": "double", "parents": "list<element: string>", "metric.square": "double"}
    assert types | wanted == types
    assert json.loads(table["notes"][1].as_py()) == {"operator": "mutate"}
    invoke("export", RUN, "--db", database, "--out", "e.csv", "--sources")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "e.csv").read_text())))
    assert [row["experiment_id"] for row in rows] == [f"{RUN}.{n}" for n in ("s0", "1", "2", "3", "4")]
    assert "def guess" in rows[0]["source"]
    invoke("export", RUN, "--db", database, "--out", "e.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "e.jsonl").read_text().splitlines()]
    assert lines[2]["value"] == 0.75
    assert not list(tmp_path.glob(".*part"))
    assert "--format" in invoke("export", RUN, "--db", database, "--out", "e.xyz", code=2).stderr
    assert "parquet" in invoke("export", RUN, "--db", database, "--out", "e", "--format", "parket", code=2).stderr


def test_csv_is_safe_for_spreadsheets(tmp_path):
    import pyarrow as pa
    from asi_evolve.cli.tables import write_csv

    out = io.StringIO()
    write_csv(pa.table({"a": ["=1+1", "@x", "ok"], "n": [-1.5, 2.0, None]}), out)
    rows = list(csv.reader(io.StringIO(out.getvalue())))
    assert rows == [["a", "n"], ["'=1+1", "-1.5"], ["'@x", "2.0"], ["ok", ""]]


def test_plugin_option_picks_its_latest_run(invoke, database):
    assert json.loads(invoke("best", "--plugin", "tiny", "--db", database, "--json").stdout)["run_id"] == "bbb222"
    assert "no run of plugin 'other'" in invoke("best", "--plugin", "other", "--db", database, code=2).stderr


def test_status_of_an_empty_folder(invoke, tmp_path: Path):
    result = invoke("status", code=2)
    assert "asievolve run" in result.stderr


def test_report_from_the_database(invoke, database, tmp_path):
    found = json.loads(invoke("report", RUN, "--db", database, "--json").stdout)
    assert found["notes"] == []
    html = (tmp_path / f"report-{RUN}" / "report.html").read_text()
    markdown = (tmp_path / f"report-{RUN}" / "report.md").read_text()
    for text in (html, markdown.replace("\\", "")):
        assert "0.75 units, attested" in text
        assert "against 1 control run" in text  # bbb222: the same domain and settings, uniform random programs
        assert "bbb222" in text
        assert "tunable(0.75" in text
        assert "1 min 05 s" in text
        assert "0.4 to 0.75" in text or "0.4 -> 0.75" in text or "0.4 → 0.75" in text
    assert "<script>" not in html
    assert invoke("report", RUN, "--db", database, "--out", "x.md").stdout == "wrote x.md\n"
    assert "suffix" in invoke("report", RUN, "--db", database, "--out", "x.md", "--format", "html", code=2).stderr


def test_report_without_its_plugin(invoke, fill_database, tmp_path, plugin_file):
    import shutil

    gone = tmp_path / "gone.py"
    shutil.copy(plugin_file, gone)
    fill_database(tmp_path / "a.duckdb", str(gone))
    gone.unlink()
    result = invoke("report", "--db", "a.duckdb", "--out", "r.html", "--json")
    (note,) = json.loads(result.stdout)["notes"]
    assert "gone.py" in note
    assert "0.75 units" in (tmp_path / "r.html").read_text()


def test_sql_shows_columns_of_one_name_and_names_values_that_python_has_not(invoke, database):
    text = invoke("sql", "select 1 as a, 2 as a", "--db", database).stdout.splitlines()
    assert [line.split() for line in text] == [["a", "a"], ["1", "2"]]
    assert invoke("sql", "select 1 as a, 2 as a", "--csv", "--db", database).stdout == "a,a\n1,2\n"
    assert "called 'a'" in invoke("sql", "select 1 as a, 2 as a", "--json", "--db", database, code=2).stderr
    far = invoke("sql", "select date '-5000-01-01' as d", "--db", database, code=2)
    assert "CAST(d AS VARCHAR)" in far.stderr
    for wrong in ("nan", "inf", "0", "-1", "1e9"):
        assert "--timeout" in invoke("sql", "select 1", "--timeout", wrong, "--db", database, code=2).stderr


@pytest.mark.parametrize(
    ("query", "says"),
    [("select repeat('x', 4000000000)", "allocat"), ("select lpad('x', 4000000000, 'y')", "")],
)
def test_sql_ends_where_duckdb_looks_neither_at_clock_nor_memory(database, query, says):
    script = "from asi_evolve.store import sqlprocess\nsqlprocess.PATIENCE_S = 0.5\n"
    script += "from asi_evolve.cli.app import cli\ncli()"
    command = [sys.executable, "-c", script, "sql", query, "--timeout", "1", "--db", str(database)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the SQL ")
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
