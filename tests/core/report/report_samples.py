"""Samples for the tests of the report, with text that is hostile wherever it can be; and a reader of pages."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from asi_evolve.records import (
    Analysis,
    Candidate,
    Execution,
    Experiment,
    Job,
    Limits,
    Score,
    Used,
)
from asi_evolve.report.ablation import Effect
from asi_evolve.report.controls import Control, series_of
from asi_evolve.store.runinfo import RunInfo

#: Breaks out of text, attributes, scripts, styles, comments and Markdown, if anything lets it.
EVIL = (
    "<script>alert(1)</script> \"' onload=alert(2) --> </style></svg> [x](javascript:alert(3)) | `code` **b** \x1b[31m"
)


def experiment(number: int, value: float | None, parent: str | None = None, why: str = "raise x") -> Experiment:
    experiment_id = f"aaa111.{number or 's0'}"
    score = Score(value, True, metrics={f"square {EVIL}": 1.0}, feedback=why) if value is not None else None
    return Experiment(
        experiment_id=experiment_id,
        run_id="aaa111",
        round=number,
        candidate=Candidate(
            experiment_id,
            {"candidate.py": f"X = {value}  # ``` </code></pre><b>\n"},
            "candidate.py",
            "numpy",
            parents=(parent,) if parent else (),
            motivation=why,
            expected_effect=why,
            origin="grammar" if number else "seed",
            used=(Used("cognition", "known-1", why),),
        ),
        status="ok" if score is not None else "error",
        stage="explore",
        score=score,
        executions=(Execution(Job("explore", 0, 0, "numpy", Limits()), "ok", cpu_s=0.5, tier="A"),),
        analysis=Analysis(f"It went up. {why}"),
    )


def row(seq: int, number: int, value: float | None, why: str = "raise x", error: str = "") -> dict[str, Any]:
    return {
        "seq": seq,
        "experiment_id": f"aaa111.{number or 's0'}",
        "round": number,
        "origin": "grammar" if number else "seed",
        "stage": "explore",
        "status": "ok" if value is not None else "error",
        "value": value,
        "valid": value is not None,
        "attested": True,
        "truncated": False,
        "motivation": why,
        "parents": ["aaa111.s0"] if number else [],
        "error": error,
        "feedback": "",
        "cpu_s": 0.5,
    }


def control(run_id: str = "bbb222", values: tuple[float | None, ...] = (0.2, 0.3, None, 0.61, 0.4)) -> Control:
    rows = [row(n + 1, n, value) for n, value in enumerate(values)]
    info = RunInfo(
        run_id=run_id, plugin="tiny", seed=9, proposer="random", rounds=len(values) - 1, core_version="0.1.0"
    )
    return Control(info, series_of(rows, values), found=True)


def effect(loss: float | None, stderr: float | None = None) -> Effect:
    value = None if loss is None else 0.75 - loss
    return Effect("constant", f"guess.x {EVIL}", "0.2", "0.75", "ok", value, loss, stderr, EVIL, truncated=False)


class Page(HTMLParser):
    """Tags, text by heading, and every address in the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.sections: dict[str, str] = {"": ""}
        self._heading = ""
        self._in_heading = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "srcset")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag == "h2":
            self._in_heading, self._heading = True, ""

    def handle_endtag(self, tag):
        if tag == "h2":
            self._in_heading = False
            self.sections[self._heading] = ""

    def handle_data(self, data):
        if self._in_heading:
            self._heading += data
        else:
            self.sections[self._heading] = self.sections.get(self._heading, "") + data
