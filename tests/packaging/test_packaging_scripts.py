"""The scripts that a fresh clone starts with."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIND = ROOT / "scripts" / "find-python"


def fake(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def find(path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{path}:/bin:/usr/bin", **env}
    return subprocess.run([str(FIND)], capture_output=True, text=True, env=environment, check=False)


def test_a_shim_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    fake(tmp_path, "python3", "exit 127")
    good = fake(tmp_path, "python3.13", "exit 0")
    assert find(tmp_path).stdout.strip() == str(good)


def test_one_without_the_venv_module_is_named(tmp_path: Path) -> None:
    # It fits by its version, but `import venv, ensurepip` fails.
    bare = fake(tmp_path, "bare", 'case "$2" in *ensurepip*) exit 1;; esac')
    done = find(tmp_path, PYTHON=str(bare))
    assert done.returncode == 1
    assert "python3-venv" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_chosen_python_that_is_too_old_is_one_line(tmp_path: Path) -> None:
    old = fake(tmp_path, "old", "exit 1")
    done = find(tmp_path, PYTHON=str(old))
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: PYTHON={old} is not a working Python 3.11")
    assert len(done.stderr.splitlines()) == 1


def test_the_scripts_can_be_run() -> None:
    for path in (FIND, ROOT / ".ci" / "run"):
        assert path.stat().st_mode & stat.S_IXUSR
        assert os.access(path, os.X_OK)


def test_ci_runs_the_documented_command() -> None:
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "exec make test"
    makefile = (ROOT / "Makefile").read_text()
    for command in ("ruff check", "ruff format --check", "mypy", "lint-imports", "pytest -n"):
        assert command in makefile
    assert "make test" in (ROOT / "CONTRIBUTING.md").read_text()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_an_environment_that_is_there_is_kept(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    for name in ("core", "plugins"):
        (tmp_path / name).mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    fake(tmp_path / ".venv" / "bin", "python", "exit 0")
    kept = tmp_path / ".venv" / "kept"
    kept.touch()
    # No scripts/find-python here: making a new environment would fail.
    subprocess.run(["make", ".venv/.made"], cwd=tmp_path, check=True, capture_output=True)
    assert kept.is_file()
