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

pytest.importorskip("asi_evolve.api")


def asievolve(*args: object, cwd: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "asi_evolve", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=cwd,
        check=False,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, plugin_file: Path) -> tuple[Path, dict[str, Any], str]:
    """A folder with a finished run of three rounds, its JSON summary and its progress."""
    folder = tmp_path_factory.mktemp("run")
    done = asievolve(
        "run", "--plugin", plugin_file, "--seed", 5, "--workers", 1, "--trust", "mine", "--json", cwd=folder
    )
    assert done.returncode == 0, done
    return folder, json.loads(done.stdout), done.stderr


def test_run_json_and_progress(finished):
    folder, summary, progress = finished
    assert (
        summary | {"status": "completed", "exit_code": 0, "seed": 5, "rounds_done": 3, "rounds_requested": 3} == summary
    )
    assert summary["best"]["value"] >= 0.2
    assert sum(summary["statuses"].values()) == 3
    assert (folder / "asievolve.duckdb").exists()
    lines = progress.splitlines()
    assert "seed 5" in lines[0]
    assert "no model" in lines[0]
    assert sum("round " in line and "/3" in line for line in lines) == 3


def test_read_back(finished):
    folder, summary, _ = finished
    best = json.loads(asievolve("best", "--json", cwd=folder).stdout)
    assert best["experiment_id"] == summary["best"]["experiment_id"]
    assert best["sandbox_tier"]
    status = json.loads(asievolve("status", "--json", cwd=folder).stdout)
    assert (status[0]["status"], status[0]["live"], status[0]["best_value"]) == ("completed", False, best["value"])


def test_report_of_a_real_run(finished):
    folder, summary, _ = finished
    done = asievolve("report", "--out", "report", "--json", cwd=folder)
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["notes"] == []
    html = (folder / "report" / "report.html").read_text()
    assert summary["best"]["experiment_id"] in html
    assert "Find the largest x" in html
    assert "<svg" in html
    assert (folder / "report" / "report.md").read_text().startswith("# tiny")


def test_the_same_seed_gives_the_same_summary(finished, plugin_file, tmp_path):
    _, summary, _ = finished
    done = asievolve(
        "run", "--plugin", plugin_file, "--seed", 5, "--workers", 1, "--trust", "mine", "--json", cwd=tmp_path
    )
    again = json.loads(done.stdout)
    assert again["best"]["files"] == summary["best"]["files"]
    assert again["statuses"] == summary["statuses"]


def test_resume_and_fork(finished, plugin_file, tmp_path):
    done = asievolve(
        "run", "--plugin", plugin_file, "--rounds", 1, "--seed", 5, "--workers", 1, "--trust", "mine", cwd=tmp_path
    )
    assert done.returncode == 0, done
    assert "Next:" in done.stdout
    assert asievolve("resume", cwd=tmp_path).returncode == 2  # nothing is owed
    done = asievolve("resume", "--rounds", 2, "--json", cwd=tmp_path)
    assert done.returncode == 0, done
    resumed = json.loads(done.stdout)
    assert resumed["rounds_done"] == 3
    assert resumed["best"]["files"] == finished[1]["best"]["files"]
    done = asievolve("fork", resumed["run_id"], "--at", 1, "--rounds", 1, "--sampler", "greedy", "--json", cwd=tmp_path)
    assert done.returncode == 0, done
    forked = json.loads(done.stdout)
    assert (forked["rounds_done"], forked["sampler"]) == (2, "greedy")
    assert forked["run_id"] != resumed["run_id"]
    refused = asievolve("fork", resumed["run_id"], "--at", 99, cwd=tmp_path)
    assert refused.returncode == 2
    assert "--at 99" in refused.stderr


def test_dry_run_writes_nothing(plugin_file, tmp_path):
    done = asievolve("run", "--plugin", plugin_file, "--trust", "mine", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0, done
    assert "nothing was started" in done.stdout
    plan = json.loads(
        asievolve("run", "--plugin", plugin_file, "--trust", "mine", "--dry-run", "--json", cwd=tmp_path).stdout
    )
    assert plan["rounds"] == 3
    assert list(tmp_path.iterdir()) == []


def test_no_valid_result_is_1(plugin_file, tmp_path):
    path = tmp_path / "hopeless.py"
    path.write_text(plugin_file.read_text().replace("not 0 <= x <= 1", "True"))
    done = asievolve("run", "--plugin", path, "--rounds", 1, "--trust", "mine", cwd=tmp_path)
    assert done.returncode == 1, done
    assert "best     none" in done.stdout
    assert "valid result" in done.stderr


def test_target_is_0_and_budget_is_3(plugin_file, tmp_path):
    done = asievolve(
        "run", "--plugin", plugin_file, "--target", 0.1, "--trust", "mine", "--json", "--db", "t.duckdb", cwd=tmp_path
    )
    assert (done.returncode, json.loads(done.stdout)["status"]) == (0, "target"), done
    done = asievolve(
        *("run", "--plugin", plugin_file, "--rounds", 100000, "--wall", 1, "--trust", "mine", "--json"),
        *("--db", "b.duckdb"),
        cwd=tmp_path,
    )
    assert (done.returncode, json.loads(done.stdout)["status"]) == (3, "budget"), done


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_a_run_that_can_be_watched_and_resumed(plugin_file, tmp_path, number, code):
    command = [
        "run",
        "--plugin",
        str(plugin_file),
        "--rounds",
        "100000",
        "--workers",
        "1",
        "--trust",
        "mine",
        "--seed",
        "1",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "asi_evolve", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "round         2/" in line or " 2/100000" in line:
            break
    live = json.loads(asievolve("status", "--json", cwd=tmp_path).stdout)[0]
    assert (live["status"], live["live"]) == ("running", True)
    assert json.loads(asievolve("best", "--json", cwd=tmp_path).stdout)["run_id"] == live["run_id"]
    rows = json.loads(asievolve("sql", "select count(*) n from experiments", "--json", cwd=tmp_path).stdout)
    assert rows[0]["n"] >= 2
    refused = asievolve(*command, cwd=tmp_path)
    assert refused.returncode == 2
    assert f"pid {process.pid}" in refused.stderr
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    after = json.loads(asievolve("status", "--json", cwd=tmp_path).stdout)[0]
    assert (after["status"], after["live"]) == ("stopped", False)
    more = asievolve("resume", "--rounds", "1", "--json", "--wall", "1", cwd=tmp_path)
    assert more.returncode in (0, 3), more


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
    done = asievolve("plugins", "check", plugin_file, "--json", cwd=tmp_path)
    assert done.returncode == 0, done
    results = {row["what"]: row for row in json.loads(done.stdout)["results"]}
    assert results["load"]["passed"]
    assert "x 0.2 units" in results["seed weak"]["message"]
    bad = tmp_path / "bad_seed.py"
    bad.write_text(plugin_file.read_text().replace('return {"x": guess()}', 'return {"x": 7.0}'))
    done = asievolve("plugins", "check", bad, cwd=tmp_path)
    assert done.returncode == 1, done
    assert "FAIL  seed weak" in done.stdout
    assert "x must be a number from 0 to 1" in done.stdout


def test_doctor(tmp_path):
    done = asievolve("doctor", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    groups = {check["group"] for check in found["checks"]}
    assert {"System", "Packages", "Isolation", "Configuration", "Database", "Domains"} <= groups
    assert done.returncode == (0 if found["passed"] else 1)
    tiers = [check for check in found["checks"] if check["name"].startswith("tier ")]
    assert len(tiers) >= 5
    assert all(check["message"] for check in tiers)
    (tmp_path / "asievolve.duckdb").write_bytes(b"junk" * 5000)
    broken = asievolve("doctor", cwd=tmp_path)
    assert broken.returncode == 1
    assert "FAIL" in broken.stdout
