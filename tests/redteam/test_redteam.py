"""Every candidate in each tier that this machine offers, as this user and (from root) as an ordinary one.

One runner process for each tier, user and folder; they run side by side, because most of their time is waiting.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from asi_evolve.sandbox import probe

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

import ordinary  # noqa: E402
import runner  # noqa: E402

FOLDERS = ("candidates", "second", "beyond")
TIERS = ("A", "B", "E")
USERS = ("current", "ordinary")
AFTERWARDS = "zz_afterwards"
Report = dict[str, dict[str, Any]]


@cache
def _names(folder: str) -> tuple[str, ...]:
    return (*(path.stem for path in sorted((HERE / folder).glob("*.py"))), AFTERWARDS)


def _command(python: str, suite: Path, folder: str, tier: str, out: Path) -> list[str]:
    return [python, str(suite / "runner.py"), str(suite / folder), "--tier", tier, "--json", str(out)]


@pytest.fixture(scope="session")
def reports() -> dict[tuple[str, str, str], Report | str]:
    """(folder, tier, user) -> rows by name, or the reason why there are none."""
    found: dict[tuple[str, str, str], Report | str] = {}
    jobs: list[tuple[tuple[str, str, str], subprocess.Popen[str], Path]] = []
    offered = probe()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="redteam-report-")))
        folder.chmod(0o777)
        python, suite, problem = "", HERE, "only when the suite is started as root"
        if os.getuid() == 0:
            try:
                python, suite = stack.enter_context(ordinary.environment())
            except RuntimeError as error:
                problem = str(error)
        waiting = []
        for user in USERS:
            for tier in TIERS:
                for name in FOLDERS:
                    key = (name, tier, user)
                    if user == "current" and not offered[tier].available:
                        found[key] = f"tier {tier} is not offered here: {offered[tier].reason}"
                    elif user == "ordinary" and tier == "E":
                        found[key] = "tier E confines nothing, whoever the user is"
                    elif user == "ordinary" and not python:
                        found[key] = problem
                    else:
                        waiting.append(key)
        # Few enough at a time that honest candidates are not starved on a small machine.
        most = max(4, (os.cpu_count() or 1) + 2)
        waiting.sort(key=lambda key: FOLDERS[::-1].index(key[0]))  # the longest first: nobody waits for them at the end
        while waiting or jobs:
            while waiting and len(jobs) < most:
                key = waiting.pop(0)
                name, tier, user = key
                out = folder / ("-".join(key) + ".json")
                where = (sys.executable, HERE) if user == "current" else (python, suite)
                command = _command(*where, name, tier, out)
                extra: dict[str, Any] = {}
                if user == "ordinary":
                    extra = dict(user=ordinary.UID, group=ordinary.UID, extra_groups=[], env={"HOME": str(folder), "LANG": "C.UTF-8"})
                log = stack.enter_context(open(out.with_suffix(".log"), "w+"))
                process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, text=True, cwd="/", **extra)
                jobs.append((key, process, out))
            key, process, out = jobs.pop(0)
            try:
                process.wait(240)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            try:
                found[key] = {row["name"]: row for row in json.loads(out.read_text())}
            except (OSError, ValueError):
                text = out.with_suffix(".log").read_text()[-2000:]
                tier_missing = key[2] == "ordinary" and "cannot be had here" in text
                found[key] = f"tier {key[1]} is not offered to that user" if tier_missing else f"FAILED: {text}"
    return found


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(("folder", "name"), [(folder, name) for folder in FOLDERS for name in _names(folder)])
def test_candidate(reports: dict[tuple[str, str, str], Report | str], folder: str, name: str, tier: str, user: str) -> None:
    report = reports[folder, tier, user]
    if isinstance(report, str):
        assert not report.startswith("FAILED"), report
        pytest.skip(report)
    row = report[name]
    if row["skipped"]:
        pytest.skip(row["skipped"])
    assert not row["breach"], f"{row['breach']}; verdict {row['got']} {row['error']}"
    assert row["match"], f"verdict {row['got']}, expected {row['expect']}; {row['error']}"


def test_some_tier_was_tried(reports: dict[tuple[str, str, str], Report | str]) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("tiers A and B need Linux")
    assert any(isinstance(report, dict) for (_, tier, _), report in reports.items() if tier in "AB")


def test_runner_sees_a_breach() -> None:
    """The judge itself: without isolation a candidate that reads the canary is reported."""
    spec = runner.read_spec(HERE / "beyond" / "s53_home.py")
    outside = runner.Outside()
    try:
        with runner.Sandbox(runner.DEFAULT, tier="E") as box:
            row = runner.run_one(box, spec, outside, 0)
    finally:
        outside.close()
    assert row.breach
    assert not row.match


def test_enough_candidates() -> None:
    names = {name for folder in FOLDERS for name in _names(folder)}
    assert {name[0] for name in names} >= set("hbfnprswm")
    assert len(_names("beyond")) >= 64
