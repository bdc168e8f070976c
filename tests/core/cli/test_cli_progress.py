"""What is told of a run while it goes on and at its end."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from asi_evolve.cli.progress.live import LiveProgress
from asi_evolve.cli.progress.plain import PlainProgress
from asi_evolve.cli.progress.summary import summary_lines, summary_object
from asi_evolve.loop.outcome import RunOutcome
from asi_evolve.records import Candidate, Execution, Experiment, Job, Limits, Score, Verdict
from asi_evolve.store.runinfo import RunInfo

INFO = RunInfo(
    run_id="aaa111",
    plugin="tiny",
    title="Find x",
    seed=7,
    proposer="grammar",
    sampler="ucb1",
    workers=2,
    rounds=3,
    tier="B",
    objective={"name": "x", "unit": "units"},
)
FACTS = {
    "database": "runs.duckdb",
    "tier": "B",
    "workers": 2,
    "executor": "local",
    "done": 0,
    "resumed": False,
    "domain": {"problem": "square-26"},
    "warnings": ["beware"],
}


def experiment(number: int, value: float | None, why: str = "swap relax", **changes: Any) -> Experiment:
    score = Score(value, True, metrics={"raw": value}) if value is not None else None
    name = f"aaa111.{number or 's0'}"
    fields: dict[str, Any] = {
        "experiment_id": name,
        "run_id": "aaa111",
        "round": number,
        "candidate": Candidate(
            name, {"c.py": ""}, "c.py", "numpy", motivation=why, origin="grammar" if number else "seed"
        ),
        "status": "ok" if score is not None else "timeout",
        "score": score,
        "executions": (Execution(Job("e", 0, 0, "numpy", Limits()), "ok", cpu_s=1.25, tier="B"),),
        "notes": {"operator": "swap"},
    }
    return Experiment(**{**fields, **changes})


def play(progress: PlainProgress) -> None:
    progress.on_start(INFO, FACTS)
    progress.on_experiment(experiment(0, 0.25), 0, 3, True)
    progress.on_experiment(experiment(1, 0.5, "swap \x1b[2J relax\nfor anneal"), 1, 3, True)
    progress.on_experiment(experiment(2, None), 2, 3, False)
    refused = experiment(3, None, status="rejected", verdicts=(Verdict("imports", False, "imports os"),))
    progress.on_experiment(refused, 3, 3, False)
    progress.on_note("cut \x07 short")
    progress.on_end(None)
    progress.close()


def test_plain_lines():
    out = io.StringIO()
    play(PlainProgress(out))
    lines = out.getvalue().splitlines()
    for words in (
        *("run aaa111", "tiny", "problem square-26", "seed 7", "proposer grammar", "sampler ucb1", "workers 2"),
        *("tier B", "database runs.duckdb", "no model"),
    ):
        assert words in lines[0]
    assert lines[1] == "note: beware"
    assert "seed" in lines[2]
    assert lines[3].startswith("* round       1/3  0.5")
    assert "swap: swap \\x1b[2J relax for anneal" in lines[3]
    assert "1.2 s" in lines[3]
    assert "timeout" in lines[4]
    assert "best 0.5" in lines[4]
    assert "imports: imports os" in lines[5]
    assert lines[6] == "note: cut \\x07 short"
    assert len(lines) == 7
    assert "\x1b" not in out.getvalue()


def test_a_model_and_its_price_are_on_the_first_line():
    out = io.StringIO()
    PlainProgress(out).on_start(INFO, {**FACTS, "llm": "some-model", "price": "3 USD per million tokens"})
    first = out.getvalue().splitlines()[0]
    assert "model some-model (3 USD per million tokens)" in first
    assert "no model" not in first


def test_a_reader_that_went_away_does_not_stop_the_run():
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    play(PlainProgress(Closed()))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_live_display(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    out = Terminal()
    progress = LiveProgress(out)
    progress.on_start(INFO, FACTS)
    progress.on_experiment(experiment(1, 0.5, "swap \x1b[2J [bold]relax[/bold]"), 1, 3, True)
    progress.on_experiment(experiment(2, None), 2, 3, False)
    progress._live.refresh()
    progress.on_end(None)
    progress.close()
    text = out.getvalue()
    assert "best so far" in text
    assert "[bold]relax[/bold]" in text
    assert "\x1b[2J" not in text
    assert "\\x1b[2J" in text
    assert "timeout" in text
    assert "2/3" in text
    assert text.endswith(("\x1b[?25h", "\x1b[2K", "\x1b[1A\x1b[2K")) or "\x1b[?25h" in text  # the cursor is given back


@dataclass
class FakeRun:
    info: RunInfo = INFO
    outcome: RunOutcome | None = None
    found: Experiment | None = None
    table: list[dict[str, Any]] = field(default_factory=list)

    def best(self) -> Experiment | None:
        return self.found

    def rows(self) -> list[dict[str, Any]]:
        return self.table

    def spend(self) -> dict[str, float]:
        return dict.fromkeys(("calls", "failed", "input_tokens", "cached_tokens", "output_tokens", "usd"), 0)

    def statuses(self) -> dict[str, int]:
        kinds = [
            "valid" if r["valid"] else "invalid" if r["status"] == "ok" else r["status"]
            for r in self.table
            if r["round"]
        ]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}

    def provenance(self) -> dict[str, dict[str, float]]:
        return {"all": {"cognition": 0.5, "experience": 0.25, "novel": 0.25, "n": 2}}


ROWS = [
    {"round": 0, "valid": True, "status": "ok"},
    {"round": 1, "valid": True, "status": "ok"},
    {"round": 2, "valid": False, "status": "timeout"},
    {"round": 3, "valid": False, "status": "ok"},
]


def test_summary():
    outcome = RunOutcome("completed", "All 3 rounds were done.", 0, 3, 3, 65.0, 3.75, "the same value", True)
    run = FakeRun(outcome=outcome, found=experiment(1, 0.5), table=ROWS)
    text = "\n".join(summary_lines(run, "asievolve.duckdb"))
    for words in (
        *("aaa111.1", " x 0.5 units", "raw 0.5", "3 of 3", "1 valid", "1 timeout", "1 invalid", "seed 7"),
        *("3.8 CPU seconds", "1 min 05 s wall", "completed: All 3 rounds", "asievolve.duckdb", "cognition 50%"),
        *("the same value", "asievolve best", "asievolve show aaa111.1", "asievolve report aaa111"),
    ):
        assert words in text, words
    found = summary_object(run, "asievolve.duckdb")
    assert found["statuses"] == {"invalid": 1, "timeout": 1, "valid": 1}
    assert found["best"]["value"] == 0.5
    assert found["exit_code"] == 0


def test_summary_without_a_valid_result_and_with_another_database():
    outcome = RunOutcome("failed", "None of the 3 rounds gave a valid result.", 1, 3, 3, 1.0, 0.5)
    text = "\n".join(summary_lines(FakeRun(outcome=outcome, table=ROWS), "my runs.duckdb"))
    assert "best     none" in text
    assert "--db 'my runs.duckdb'" in text
    assert "asievolve show" not in text
    assert "failed: None of the 3 rounds" in text


def test_self_reported_values_are_called_so():
    found = experiment(1, 0.5)
    assert found.score is not None
    run = FakeRun(found=replace(found, score=replace(found.score, attested=False)))
    text = "\n".join(summary_lines(run, "a.duckdb"))
    assert "self-reported x 0.5" in text
    assert "attested" not in text


@pytest.mark.parametrize(("json", "name"), [(False, "stdout"), (True, "stderr")])
def test_progress_goes_where_standard_output_stays_clean(json, name, monkeypatch, tmp_path: Path):
    import sys

    from asi_evolve.cli.progress import make_progress

    streams = {"stdout": io.StringIO(), "stderr": io.StringIO()}
    for stream, buffer in streams.items():
        monkeypatch.setattr(sys, stream, buffer)
    progress = make_progress(json=json)
    assert type(progress) is PlainProgress
    progress.on_note("here")
    assert streams[name].getvalue() == "note: here\n"


@pytest.mark.parametrize("display", [PlainProgress, LiveProgress])
@pytest.mark.parametrize(("tier", "told"), [("E", True), ("B", False)])
def test_a_run_without_isolation_says_so_first(display: type[PlainProgress], tier: str, told: bool) -> None:
    stream = io.StringIO()
    shown = display(stream)
    shown.on_start(INFO, {**FACTS, "tier": tier})
    shown.close()
    assert ("candidates run with your rights" in " ".join(stream.getvalue().split())) == told


def test_after_a_run_whose_seeds_are_all_invalid_the_domain_is_to_be_mended() -> None:
    outcome = RunOutcome("failed", "no seed program gave a valid score", 1, 0, 3, 1.0, 0.5)
    rows = [{"round": 0, "valid": False, "status": "error", "experiment_id": "aaa111.s0"}]
    rows.append({"round": 0, "valid": True, "status": "ok", "experiment_id": "aaa111.b0"})
    info = replace(INFO, config={"plugin": "./my own.py"})
    steps = "\n".join(summary_lines(FakeRun(info=info, outcome=outcome, table=rows), "asievolve.duckdb")).split(
        "Next:"
    )[1]
    assert "asievolve plugins check './my own.py'" in steps
    assert "asievolve show aaa111.s0" in steps
    assert "resume" not in steps


@pytest.mark.parametrize(("status", "left"), [("stopped", 2), ("failed", 1), ("completed", 0)])
def test_after_an_interruption_resume_needs_no_number(status: Any, left: int) -> None:
    outcome = RunOutcome(status, "Ctrl-C.", 130, 3 - left, 3, 1.0, 0.5)
    lines = summary_lines(FakeRun(outcome=outcome, found=experiment(1, 0.5), table=ROWS), "asievolve.duckdb")
    (line,) = [line for line in lines if "asievolve resume aaa111" in line]
    assert ("--rounds" in line) == (not left)
