"""``asievolve mcp`` with the client of the official SDK, over standard input and output of a real process."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import asi_evolve as ae
import pytest
from handoff_runs import returning

mcp = pytest.importorskip("mcp")


def talk(db: Path, calls: list[tuple[str, dict[str, Any]]]) -> tuple[list[str], list[tuple[bool, Any]]]:
    """Names of the tools, and for each call whether it failed, and its text or value."""
    server = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "asi_evolve", "mcp", "--agent", "coder", "--db", str(db)],
        env={name: value for name, value in os.environ.items() if not name.startswith("ASIEVOLVE")},
    )

    async def run() -> tuple[list[str], list[tuple[bool, Any]]]:
        async with mcp.Client(server) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            told = []
            for name, arguments in calls:
                result = await client.call_tool(name, arguments)
                value = result.structured_content
                told.append((bool(result.is_error), result.content[0].text if result.is_error else value))
            return names, told

    return asyncio.run(run())


def candidate(round: int, value: object, **changes: Any) -> dict[str, Any]:
    return {
        "round": round,
        "motivation": "Try it.",
        "expected_effect": "Better.",
        "used": [],
        "files": [{"path": "candidate.py", "source": returning(value)}],
        "edits": [],
        **changes,
    }


def test_an_agent_reads_submits_and_looks(toy: ae.Run, db: Path) -> None:
    names, told = talk(
        db,
        [
            ("read_brief", {}),
            ("submit_candidate", candidate(3, 4.5)),
            ("submit_candidate", candidate(3, 5.5)),
            ("submit_candidate", candidate(4, "1 / 0")),
            ("submit_candidate", candidate(5, 5.5, motivation="")),
            ("submit_candidate", {"round": 5}),
            ("get_score", {"experiment": "4"}),
            ("get_score", {"experiment": "no such"}),
            ("list_best", {"count": 2}),
            ("read_brief", {}),
        ],
    )
    assert names == ["read_brief", "submit_candidate", "get_score", "list_best"]
    failed = [index for index, (error, _) in enumerate(told) if error]
    assert failed == [2, 4, 5, 7]
    values = [value for _, value in told]
    assert values[0]["round"] == 3
    assert "def solve" in values[0]["text"]
    assert (values[1]["value"], values[1]["is_best"], values[1]["author"]) == (4.5, True, "coder")
    assert "at round 4 now" in values[2]
    assert "ZeroDivisionError" in values[3]["error"]
    assert "`motivation` is missing" in values[4]
    assert values[6]["status"] == "error"
    assert [row["value"] for row in values[8]["result"]] == [4.5, 1.0]
    assert values[9]["round"] == 5
    assert toy.experiment(3).notes["agent"] == "coder"
    assert json.loads(json.dumps(values[1]))["run_id"] == toy.run_id
