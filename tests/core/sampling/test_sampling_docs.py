"""The figures and defaults that the page on samplers prints are measured again here."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from asi_evolve.sampling.greedy import GreedyOptions
from asi_evolve.sampling.islands import IslandsOptions
from asi_evolve.sampling.map_elites import MAX_CELLS, MapElitesOptions
from asi_evolve.sampling.random import RandomOptions
from asi_evolve.sampling.top_k import TopKOptions
from asi_evolve.sampling.ucb1 import Ucb1Options
from sampling_histories import NAMES, evolve

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "samplers.md"
OPTIONS = {
    "ucb1": Ucb1Options,
    "greedy": GreedyOptions,
    "random": RandomOptions,
    "map_elites": MapElitesOptions,
    "islands": IslandsOptions,
    "top_k": TopKOptions,
}


def measured_rows() -> list[list[str]]:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text("utf-8").splitlines()]
    return [row for row in rows if len(row) == 6 and row[0].startswith("`")]


@pytest.mark.parametrize("row", measured_rows(), ids=lambda row: row[0])
def test_measured_pressure_is_as_printed(row: list[str]) -> None:
    name = re.match(r"`(\w+)`", row[0])
    constant = re.search(r"c = ([0-9.]+)", row[0])
    assert name
    trace = evolve(name[1], 400, options={"c": float(constant[1])} if constant else None)
    late = np.array(trace.percentiles[50:])
    assert float(row[1]) == pytest.approx(late.mean(), abs=0.02)
    assert float(row[2].strip("%")) == pytest.approx(100 * np.mean(late >= 0.9), abs=4)
    assert float(row[3].strip("%")) == pytest.approx(100 * np.mean(late <= 0.1), abs=4)
    assert float(row[4]) == pytest.approx(np.count_nonzero(trace.history.visits), rel=0.15)
    assert float(row[5]) == pytest.approx(trace.history.visits.max(), rel=0.25)


def test_all_samplers_are_on_the_page_and_measured() -> None:
    assert {re.match(r"`(\w+)`", row[0])[1] for row in measured_rows()} == set(NAMES)  # type: ignore[index]


def test_the_printed_defaults_are_the_defaults() -> None:
    text = PAGE.read_text("utf-8")
    printed: dict[tuple[str, str], str] = {}
    sampler = ""
    for line in text[text.index("## Options") : text.index("## What selection")].splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[1] not in {"option", "---"}:
            sampler = cells[0] or sampler
            printed[sampler, cells[1]] = cells[2]
    expected: dict[tuple[str, str], str] = {}
    for name, kind in OPTIONS.items():
        for field in dataclasses.fields(kind):
            key = ("all", "inspirations") if field.name == "inspirations" else (name, field.name)
            expected[key] = "all features" if field.name == "axes" else f"{field.default:g}"
    assert printed == expected
    assert f"at most {MAX_CELLS:,} cells" in text
