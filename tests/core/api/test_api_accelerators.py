"""Accelerators: found through device files or nvidia-smi; asking for more than there are is bad input."""

from __future__ import annotations

from pathlib import Path

import pytest
from asi_evolve.api import assemble as assembling
from asi_evolve.api.accelerators import Accelerators, accelerators
from asi_evolve.config import Settings, override
from asi_evolve.errors import UsageError


def _tool(folder: Path, lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\nprintf '{lines}'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_device_files_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert accelerators(tmp_path).count == 0
    assert "nvidia-smi is not installed" in accelerators(tmp_path).text
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert accelerators(tmp_path) == Accelerators(2, "nvidia0; nvidia1")


def test_the_tool_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _tool(tmp_path / "bin", "GPU 0: Big One (UUID: GPU-1)\\n", monkeypatch)
    assert accelerators(tmp_path) == Accelerators(1, "GPU 0: Big One")
    _tool(tmp_path / "none", "No devices found\\n", monkeypatch)
    assert accelerators(tmp_path).count == 0


@pytest.mark.parametrize(("there", "words"), [(0, "this machine has no accelerator:"), (1, "give at most 1")])
def test_more_than_there_are_is_bad_input(there: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembling, "accelerators", lambda: Accelerators(there, "what was found"))
    settings = override(Settings(), {"plugin": "circle_packing", "executor.gpus": 2}).settings
    with pytest.raises(UsageError, match=f"--gpus 2: .*{words}") as caught:
        assembling.assemble(settings)
    assert caught.value.exit_code == 2
