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
    """What the hook asks of a run."""

    info = SimpleNamespace(config={"domain": {"problem": "square-4"}})

    def __init__(self) -> None:
        quarters = np.array([[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]])
        self.kept: dict[int, dict[str, Any]] = {0: {"centers": quarters, "radii": np.full(4, 0.25)}}

    def rows(self) -> list[dict[str, Any]]:
        return [{"round": 0, "value": 0.8}, {"round": 1, "value": None}, {"round": 2, "value": 1.0}]

    def best(self) -> Any:
        return SimpleNamespace(experiment_id="abcdef.2", value=1.0)

    def outputs(self, ref: str) -> dict[int, dict[str, Any]]:
        return self.kept


def svg_of(markdown: str) -> str:
    found = re.search(r"\(data:image/svg\+xml;base64,([^)]*)\)", markdown)
    assert found is not None
    return base64.b64decode(found.group(1)).decode()


def test_circle_report_draws_packing_and_progress() -> None:
    sections = dict(plugin.report_sections(Recorded()) or [])
    assert set(sections) == {"Best packing", "Certified value by round"}
    assert "abcdef.2" in sections["Best packing"]
    for markdown in sections.values():
        ET.fromstring(svg_of(markdown))
    assert plugin.report_sections(Recorded()) == list(sections.items())


def test_circle_report_without_kept_arrays_or_valid_rounds() -> None:
    run = Recorded()
    run.kept = {}
    assert [title for title, _ in plugin.report_sections(run) or []] == ["Certified value by round"]
    run.rows = list  # type: ignore[method-assign]
    run.best = lambda: None  # type: ignore[method-assign]
    assert plugin.report_sections(run) == []
