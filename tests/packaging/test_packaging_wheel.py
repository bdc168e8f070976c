"""The wheel holds everything that a checkout has at run time."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_wheel_holds_the_data_files(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=280)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, package in (
        ("core", "asi_evolve"),
        ("plugins/circle_packing", "asi_evolve_circle_packing"),
        ("plugins/grpo_variants", "asi_evolve_grpo_variants"),
    ):
        listed = subprocess.run(
            ["git", "ls-files", f"{folder}/{package}"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        tracked = {path.removeprefix(f"{folder}/") for path in listed.stdout.splitlines()}
        assert tracked
        assert tracked <= names
    for needed in ("asi_evolve/py.typed", "asi_evolve/store/schema.sql"):
        assert needed in names
    for pattern in ("asi_evolve_circle_packing/cognition/", "asi_evolve_circle_packing/blocks/"):
        assert any(name.startswith(pattern) for name in names), pattern
    assert any(name.endswith(".toml") for name in names)
    assert not [name for name in names if name.startswith("tests") or "__pycache__" in name]
    entry_points = next(name for name in names if name.endswith("entry_points.txt"))
    text = zipfile.ZipFile(wheel).read(entry_points).decode()
    assert "circle_packing = asi_evolve_circle_packing" in text
    assert "asievolve = asi_evolve.cli:main" in text
    metadata = next(name for name in names if name.endswith("/METADATA"))
    assert "Provides-Extra: circle_packing\n" in zipfile.ZipFile(wheel).read(metadata).decode()
