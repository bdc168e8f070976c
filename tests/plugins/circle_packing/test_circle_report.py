"""The report's pictures are made from what the store kept, and repeat byte for byte."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace
from typing import Any

import asi_evolve_circle_packing as plugin
import numpy as np


class Recorded:
    """What the hook asks of a run: 26 circles on a 6 by 6 grid."""

    info = SimpleNamespace(config={"domain": {"problem": "square-26"}})

    def __init__(self) -> None:
        row, column = np.divmod(np.arange(26), 6)
        centers = (np.column_stack([column, row]) + 0.5) / 6
        self.kept: dict[int, dict[str, Any]] = {0: {"centers": centers, "radii": np.full(26, 1 / 12)}}

    def rows(self) -> list[dict[str, Any]]:
        return [{"round": 0, "value": 0.8}, {"round": 1, "value": None}, {"round": 2, "value": 26 / 12}]

    def best(self) -> Any:
        return SimpleNamespace(experiment_id="abcdef.2", value=26 / 12)

    def outputs(self, ref: str) -> dict[int, dict[str, Any]]:
        return self.kept


def svg_of(markdown: str) -> str:
    found = re.search(r"\(data:image/svg\+xml;base64,([^)]*)\)", markdown)
    assert found is not None
    return base64.b64decode(found.group(1)).decode()


def test_circle_report_draws_packing_and_gap() -> None:
    sections = dict(plugin.report_sections(Recorded()) or [])
    assert set(sections) == {"Best packing", "Gap to the best known value"}
    assert "abcdef.2" in sections["Best packing"]
    assert "below the best known value" in sections["Best packing"]
    for markdown in sections.values():
        ET.fromstring(svg_of(markdown))
    assert plugin.report_sections(Recorded()) == list(sections.items())


def test_circle_report_says_matches_and_never_beats() -> None:
    run = Recorded()
    run.best = lambda: SimpleNamespace(experiment_id="abcdef.2", value=2.63598)  # type: ignore[method-assign]
    text = dict(plugin.report_sections(run) or [])["Best packing"]
    assert "matches the best known value" in text
    assert "beats" not in text


def test_circle_report_of_a_problem_without_a_best_known_value() -> None:
    run = Recorded()
    run.info = SimpleNamespace(config={"domain": {"problem": "square-4"}})
    assert plugin.report_sections(run) == []
    quarters = np.array([[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]])
    run.kept = {0: {"centers": quarters, "radii": np.full(4, 0.25)}}
    assert [title for title, _ in plugin.report_sections(run) or []] == ["Best packing"]


def test_circle_report_without_kept_arrays_or_valid_rounds() -> None:
    run = Recorded()
    run.kept = {}
    assert [title for title, _ in plugin.report_sections(run) or []] == ["Gap to the best known value"]
    run.rows = list  # type: ignore[method-assign]
    run.best = lambda: None  # type: ignore[method-assign]
    assert plugin.report_sections(run) == []
