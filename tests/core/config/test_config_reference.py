"""The reference page lists every setting as the code has it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from asi_evolve.config import KEYS, environment_name, load_settings

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "reference" / "config.md"


def test_the_page_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "config_reference.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = PAGE.read_text(encoding="utf-8")
    for key in KEYS.values():
        assert f"`{key.name}`" in text
        assert environment_name(key.name) in text


def test_the_example_on_the_page_is_valid(tmp_path: Path) -> None:
    example = PAGE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    (tmp_path / "asievolve.toml").write_text(example)
    settings = load_settings(cwd=tmp_path).settings
    assert tomllib.loads(example)["run"]["rounds"] == settings.run.rounds == 40
    assert settings.sampler.options == {"c": 0.5}
