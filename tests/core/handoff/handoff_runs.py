"""Answers that are handed in, and the domains that they are for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TOY = Path(__file__).parents[1] / "toy_domain.py"
HAND = Path(__file__).parent / "handoff_domain.py"


def answer(source: str | None = None, **changes: Any) -> str:
    files = [] if source is None else [{"path": "candidate.py", "source": source}]
    made = {"motivation": "Try it.", "expected_effect": "Better.", "used": [], "files": files, "edits": [], **changes}
    return json.dumps(made)


def returning(value: object) -> str:
    return f"def solve():\n    return {{'x': {value}}}\n"
