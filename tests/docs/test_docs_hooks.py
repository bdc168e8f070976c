"""The hook reference names every hook with its exact signature."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from asi_evolve.hookspecs import SPECS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/reference/hooks.md").read_text(encoding="utf-8")


def _signatures() -> list[str]:
    found = []
    for spec in SPECS:
        for name, function in vars(spec).items():
            if hasattr(function, "asi_evolve_spec"):
                names = [p for p in inspect.signature(function).parameters if p != "self"]
                found.append(f"{name}({', '.join(names)})")
    return found


def test_there_are_hooks():
    assert len(_signatures()) >= 19


@pytest.mark.parametrize("signature", _signatures())
def test_each_hook_has_a_heading_with_its_exact_signature(signature):
    assert f"\n### `{signature}`\n" in TEXT


def test_no_heading_names_a_hook_that_does_not_exist():
    headings = re.findall(r"^### `(.+)`$", TEXT, re.MULTILINE)
    assert sorted(headings) == sorted(_signatures())
