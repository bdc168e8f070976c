"""A domain in a distribution of its own, installed into a fresh environment and run by the command line."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "parabola"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment: this one's packages, and the plugin installed beside them."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    found = folder / "bin" / "python"
    (packages,) = folder.glob("lib/python*/site-packages")
    ours = sorted({sysconfig.get_path("purelib"), *site.getsitepackages()})
    # addsitedir also reads the .pth files there, so an editable asi-evolve is found as well.
    (packages / "ours.pth").write_text(f"import site; list(map(site.addsitedir, {ours!r}))\n")
    install = ["install", "--no-deps", "--no-build-isolation", "--no-index", "--quiet", str(SOURCE)]
    run([sys.executable, "-m", "pip", "--python", str(found), *install], folder)
    return found


def run(command: list[str], cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ASIEVOLVE_", "PIP_"))}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def asievolve(python: Path, cwd: Path, *arguments: str) -> str:
    return run([str(python), "-m", "asi_evolve", *arguments], cwd)


def test_it_is_a_distribution_of_its_own(python: Path, tmp_path: Path) -> None:
    listed = json.loads(asievolve(python, tmp_path, "plugins", "list", "--json"))
    row = next(row for row in listed["domains"] if row["name"] == "parabola")
    assert row["distribution"] == "asievolve-parabola"
    assert row["version"] == "0.3.0"
    # Installed there, and not merely found in this checkout.
    where = run([str(python), "-c", "import asievolve_parabola as p; print(p.__file__)"], tmp_path)
    assert str(python.parent.parent) in where


def test_it_runs_by_the_command_line(python: Path, tmp_path: Path) -> None:
    database = tmp_path / "parabola.duckdb"
    asievolve(
        python,
        tmp_path,
        "--plugin",
        "parabola",
        "run",
        "--rounds",
        "5",
        "--workers",
        "1",
        "--seed",
        "1",
        "--db",
        str(database),
    )
    best = json.loads(asievolve(python, tmp_path, "best", "--json", "--db", str(database)))
    assert best["valid"] is True
    assert 0.0 <= best["value"] <= 9.0
    assert best["value"] == pytest.approx(9.0 - (best["metrics"]["x"] - 3.0) ** 2)
    assert "tunable" in best["files"]["candidate.py"]
    rows = json.loads(
        asievolve(
            python,
            tmp_path,
            "sql",
            "select count(*) as n from experiments where round > 0",
            "--json",
            "--db",
            str(database),
        )
    )
    assert rows == [{"n": 5}]


def test_it_is_not_there_without_its_distribution() -> None:
    from asi_evolve.plugins import available_domains

    assert "parabola" not in [entry.name for entry in available_domains()]
