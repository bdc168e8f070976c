"""What a run spent, added up."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from asi_evolve.report.costs import spend_of


class Tables:
    """A reader that has the executions of two stages and asked no model."""

    def table(self, sql: str, parameters: list[Any]) -> pa.Table:
        if "llm_calls" in sql or "$.models" in sql:
            return pa.table({"model": pa.array([], pa.string())})
        columns = [["quick", "full"], [3, 1], [3, 1], [3.0, 9.0], [3.0, 9.0], [20.0, 30.0]]
        return pa.table(dict(zip("abcdef", columns, strict=True)))


def _row(origin: str, stage: str, value: float | None) -> dict[str, Any]:
    return {"origin": origin, "stage": stage, "value": value, "valid": value is not None, "cpu_s": 1.0}


def test_the_best_of_an_origin_is_that_at_its_last_stage():
    rows = [
        _row("grammar", "quick", 0.9),
        _row("grammar", "full", 0.4),
        _row("seed", "quick", 0.1),
        _row("llm", "quick", None),
    ]
    found = {origin.origin: origin.best for origin in spend_of(Tables(), "r", rows).origins}
    assert found == {"grammar": 0.4, "seed": 0.1, "llm": None}
