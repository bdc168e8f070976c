"""Whole runs of a tiny domain through the command line, candidates in the sandbox."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from asi_evolve.cli.app import cli
from click.testing import CliRunner, Result

TRUST = ("--trust", "mine")


def asievolve(*args: object, cwd: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """A process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "asi_evolve", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=cwd,
        check=False,
    )


def run_in(folder: Path, *args: object) -> Result:
    """In this process, which is much quicker than a new one."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(cli, [str(arg) for arg in args])
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, plugin_file: Path) -> tuple[Path, dict[str, Any], str]:
    """A folder with a finished run of three rounds, its JSON summary and its progress."""
    folder = tmp_path_factory.mktemp("run")
    done = run_in(folder, "run", "--plugin", plugin_file, "--seed", 5, "--workers", 1, *TRUST, "--json")
    assert done.exit_code == 0, done.output
    return folder, json.loads(done.stdout), done.stderr


def test_run_json_and_progress(finished):
    folder, summary, progress = finished
    expected = {"status": "completed", "exit_code": 0, "seed": 5, "rounds_done": 3, "rounds_requested": 3}
    assert summary | expected == summary
    assert summary["best"]["value"] >= 0.2
    assert summary["best"]["sandbox_tier"]
    assert sum(summary["statuses"].values()) == 3
    assert (folder / "asievolve.duckdb").exists()
    lines = progress.splitlines()
    assert "seed 5" in lines[0]
    assert "no model" in lines[0]
    assert sum("round " in line and "/3" in line for line in lines) == 3


def test_seeds_that_are_all_invalid(plugin_file, tmp_path):
    (tmp_path / "bad.py").write_text(plugin_file.read_text().replace('return {"x": guess()}', 'return {"x": 7.0}'))
    done = run_in(tmp_path, "run", "--plugin", "./bad.py", "--workers", 1, *TRUST)
    assert done.exit_code == 1, done.output
    assert done.output.count("no seed program gave a valid score") == 1
    steps = done.stdout.split("Next:")[1]
    assert "asievolve plugins check" in steps
    assert "bad.py" in steps
    assert "resume" not in steps
    assert done.stderr.strip() == "ended with exit status 1"


def test_read_back(finished):
    folder, summary, _ = finished
    best = json.loads(run_in(folder, "best", "--json").stdout)
    assert best["experiment_id"] == summary["best"]["experiment_id"]
    status = json.loads(run_in(folder, "status", "--json").stdout)
    assert (status[0]["status"], status[0]["live"], status[0]["best_value"]) == ("completed", False, best["value"])


def test_report_of_a_real_run(finished):
    folder, summary, _ = finished
    done = run_in(folder, "report", "--out", "report", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["notes"] == []
    html = (folder / "report" / "report.html").read_text()
    assert summary["best"]["experiment_id"] in html
    assert "Find the largest x" in html
    assert "<svg" in html
    assert (folder / "report" / "report.md").read_text().startswith("# Find the largest x\n\ntiny, run ")


def test_resume_and_fork(finished, plugin_file, tmp_path):
    done = run_in(tmp_path, "run", "--plugin", plugin_file, "--rounds", 1, "--seed", 5, "--workers", 1, *TRUST)
    assert done.exit_code == 0, done.output
    assert "Next:" in done.stdout
    assert run_in(tmp_path, "resume").exit_code == 2  # nothing is owed
    done = run_in(tmp_path, "resume", "--rounds", 2, "--json")
    assert done.exit_code == 0, done.output
    resumed = json.loads(done.stdout)
    assert "best -" not in done.stderr  # it knows the best of the part before
    assert resumed["rounds_done"] == 3
    assert resumed["best"]["files"] == finished[1]["best"]["files"]
    done = run_in(tmp_path, "fork", resumed["run_id"], "--at", 1, "--rounds", 1, "--sampler", "greedy", "--json")
    assert done.exit_code == 0, done.output
    forked = json.loads(done.stdout)
    assert (forked["rounds_done"], forked["sampler"]) == (2, "greedy")
    assert forked["run_id"] != resumed["run_id"]
    refused = run_in(tmp_path, "fork", resumed["run_id"], "--at", 99)
    assert refused.exit_code == 2
    assert "--at 99" in refused.stderr


def test_dry_run_writes_nothing(plugin_file, tmp_path):
    done = run_in(tmp_path, "run", "--plugin", plugin_file, *TRUST, "--dry-run")
    assert done.exit_code == 0, done.output
    assert "nothing was started" in done.stdout
    plan = json.loads(run_in(tmp_path, "run", "--plugin", plugin_file, *TRUST, "--dry-run", "--json").stdout)
    assert plan["rounds"] == 3
    assert list(tmp_path.iterdir()) == []


def test_no_valid_result_is_1(plugin_file, tmp_path):
    path = tmp_path / "hopeless.py"
    path.write_text(plugin_file.read_text().replace("not 0 <= x <= 1", "True"))
    done = run_in(tmp_path, "run", "--plugin", path, "--rounds", 1, *TRUST)
    assert done.exit_code == 1, done.output
    assert "best     none" in done.stdout
    assert "completed" not in done.stdout
    assert "x must be a number from 0 to 1" in done.stdout.split("ended ")[-1]


def test_a_closed_pipe_does_not_change_how_a_run_ended(plugin_file, tmp_path):
    command = f"{sys.executable} -m asi_evolve run --plugin {plugin_file} --rounds 1 --seed 1 --trust mine"
    script = f"{command} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("run ")
    status = json.loads(run_in(tmp_path, "status", "--json").stdout)[0]
    assert (status["status"], status["rounds_done"]) == ("completed", 1)


def test_target_is_0_and_budget_is_3(plugin_file, tmp_path):
    done = run_in(tmp_path, "run", "--plugin", plugin_file, "--target", 0.1, *TRUST, "--json", "--db", "t.duckdb")
    assert (done.exit_code, json.loads(done.stdout)["status"]) == (0, "target")
    long = ("--rounds", 100000, "--wall", 0.5, "--json", "--db", "b.duckdb")
    done = run_in(tmp_path, "run", "--plugin", plugin_file, *TRUST, *long)
    assert (done.exit_code, json.loads(done.stdout)["status"]) == (3, "budget")


def start_long(plugin_file: Path, folder: Path) -> subprocess.Popen[str]:
    """A run that goes on until it is stopped, past its second round."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "asi_evolve", "run", "--plugin", str(plugin_file), "--rounds", "100000"),
            *("--workers", "1", "--seed", "1", *TRUST),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if " 2/100000 " in line:
            break
    return process


def test_a_live_run_can_be_watched_interrupted_and_resumed(plugin_file, tmp_path):
    process = start_long(plugin_file, tmp_path)
    live = json.loads(run_in(tmp_path, "status", "--json").stdout)[0]
    assert (live["status"], live["live"]) == ("running", True)
    assert json.loads(run_in(tmp_path, "best", "--json").stdout)["run_id"] == live["run_id"]
    rows = json.loads(run_in(tmp_path, "sql", "select count(*) n from experiments", "--json").stdout)
    assert rows[0]["n"] >= 2
    refused = run_in(tmp_path, "run", "--plugin", plugin_file, *TRUST)
    assert refused.exit_code == 2
    assert f"pid {process.pid}" in refused.stderr
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    after = json.loads(run_in(tmp_path, "status", "--json").stdout)[0]
    assert (after["status"], after["live"]) == ("stopped", False)
    more = run_in(tmp_path, "resume", "--rounds", "1", "--json", "--wall", "0.5")
    assert more.exit_code in (0, 3), more.output
    assert json.loads(more.stdout)["run_id"] == live["run_id"]


def test_sigterm_is_143(plugin_file, tmp_path):
    process = start_long(plugin_file, tmp_path)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143


def test_live_display_on_a_terminal(plugin_file, tmp_path):
    """On a pseudo-terminal the display repaints, and the summary stays when it is gone."""
    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "asi_evolve", "run", "--plugin", str(plugin_file), "--seed", "1", "--trust", "mine"],
        stdout=side,
        stderr=side,
        stdin=side,
        cwd=tmp_path,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "110", "LINES": "40", "CI": ""},
    )
    os.close(side)
    chunks = []
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            chunk = os.read(main, 65536)
        except OSError:  # the other side is closed
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(main)
    assert process.wait(timeout=30) == 0
    text = b"".join(chunks).decode(errors="replace")
    assert "rounds" in text
    assert "best so far" in text
    assert "Next:" in text


def test_plugins_check(plugin_file, tmp_path):
    done = run_in(tmp_path, "plugins", "check", plugin_file, "--json")
    assert done.exit_code == 0, done.output
    results = {row["what"]: row for row in json.loads(done.stdout)["results"]}
    assert results["load"]["passed"]
    assert "x 0.2 units" in results["seed weak"]["message"]
    bad = tmp_path / "bad_seed.py"
    bad.write_text(plugin_file.read_text().replace('return {"x": guess()}', 'return {"x": 7.0}'))
    done = run_in(tmp_path, "plugins", "check", bad)
    assert done.exit_code == 1, done.output
    assert "FAIL  seed weak" in done.stdout
    assert "x must be a number from 0 to 1" in done.stdout


def test_doctor(tmp_path):
    done = run_in(tmp_path, "doctor", "--json")
    found = json.loads(done.stdout)
    groups = {check["group"] for check in found["checks"]}
    assert {"System", "Packages", "Isolation", "Configuration", "Database", "Domains"} <= groups
    assert done.exit_code == (0 if found["passed"] else 1)
    tiers = [check for check in found["checks"] if check["name"].startswith("tier ")]
    assert len(tiers) >= 5
    assert all(check["message"] for check in tiers)
    (tmp_path / "asievolve.duckdb").write_bytes(b"junk" * 5000)
    broken = run_in(tmp_path, "doctor")
    assert broken.exit_code == 1
    assert "FAIL" in broken.stdout


AGAIN = """
import atexit, os, signal
from asi_evolve.cli.session import orderly

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job begins with it ignored
atexit.register(os.kill, os.getpid(), signal.SIGINT)  # while the interpreter takes itself apart
with orderly():
    os.kill(os.getpid(), signal.SIGINT)
    signal.pause()
"""


def test_ctrl_c_once_more_on_the_way_out_changes_nothing():
    done = subprocess.run([sys.executable, "-c", AGAIN], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "error: interrupted\n")
