"""What the tests of whole runs share: the toy domain, a server that answers, and what is recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import asi_evolve as ae
from wire_server import Reply, WireServer

TOY = Path(__file__).parents[1] / "toy_domain.py"
KEY = "sk-ant-test-5e7f2c9a1b3d"


def program(value: Any) -> str:
    return f"def solve():\n    return {{'x': {value}}}\n"


def answer(value: Any, **changes: Any) -> str:
    """An answer whose program returns ``value``."""
    return json.dumps(
        {
            "motivation": f"Return {value}.",
            "expected_effect": f"x = {value}",
            "used": [],
            "files": [{"path": "candidate.py", "source": program(value)}],
            "edits": [],
            **changes,
        }
    )


def counting(body: dict[str, Any], number: int) -> Reply:
    """Each answer a little better than the one before."""
    return Reply(answer(10 + number))


def run(server: WireServer, tmp_path: Path, plugin: Path = TOY, **settings: Any) -> ae.Run:
    """A run of the toy domain with the model behind ``server``."""
    given: dict[str, Any] = {
        "rounds": 4,
        "seed": 3,
        "workers": 1,
        "db": tmp_path / "t.duckdb",
        "proposer__name": "llm",
        "llm": "anthropic:m",
        "analyzer__name": "rules",
        "model__base_url": server.url,
        "model__max_tokens": 500,
        "model__retries": 1,
        "model__price_input": 2.0,
        "model__price_output": 10.0,
        **settings,
    }
    return ae.run(str(plugin), **given)


def calls(made: ae.Run) -> list[dict[str, Any]]:
    """The rows of ``llm_calls``, in order of time."""
    return made.table(
        "select * from llm_calls where run_id = ? order by created_at, call_id", [made.run_id]
    ).to_pylist()
