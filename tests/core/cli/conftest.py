"""A database with a finished run, made through the store, and a tiny domain in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from asi_evolve.config import from_json, to_json
from asi_evolve.records import (
    Analysis,
    Candidate,
    Execution,
    Experiment,
    Job,
    Lesson,
    Limits,
    Score,
    Used,
    Verdict,
)
from asi_evolve.store import RunInfo, open_store
from click.testing import CliRunner, Result

RUN = "aaa111"

PLUGIN = '''
from asi_evolve import Backend, Block, Domain, Limits, Objective, Score, Slot, Stage, hookimpl

SEED = """from asi_evolve import tunable


def guess():
    return tunable(0.2, 0.0, 1.0)


def solve():
    return {"x": guess()}
"""
BLOCK = """def guess():
    return tunable(0.9, 0.0, 1.0)
"""


@hookimpl
def domain():
    return Domain(
        name="tiny",
        title="Find the largest x",
        task_markdown="Return `x` between 0 and 1; the larger the better.",
        objective=Objective("x", unit="units"),
        backends={
            "numpy": Backend(
                seeds={"weak": {"candidate.py": SEED}},
                blocks=(Block("high", "guess", BLOCK, imports=("from asi_evolve import tunable",)),),
            )
        },
        rounds=3,
        slots=(Slot("guess", doc="makes the number"),),
        stages=(Stage("explore", limits=Limits(wall_s=20, cpu_s=5)),),
    )


@hookimpl
def score(context, candidate, execution, hidden):
    x = (execution.outputs or {}).get("x")
    if not isinstance(x, float) or not 0 <= x <= 1:
        return Score(value=None, valid=False, feedback="x must be a number from 0 to 1")
    return Score(value=x, valid=True, metrics={"square": x * x})
'''

EVIL = "\x1b[31mred\x1b[0m <script>alert(1)</script> [bold]x[/bold] =cmd|'/c calc'!A1 | `y`"


def source(value: float) -> str:
    return PLUGIN.split('SEED = """')[1].split('"""')[0].replace("0.2", str(value), 1)


def make(
    number: int,
    value: float | None,
    *,
    parent: str | None = None,
    status: str = "ok",
    motivation: str = "raise x",
    run: str = RUN,
    error: str = "",
) -> Experiment:
    suffix = str(number) if number else "s0"
    job = Job("explore", 0, 0, "numpy", Limits())
    execution = Execution(
        job=job,
        status=status,  # type: ignore[arg-type]
        outputs={"x": value} if value is not None else None,
        cpu_s=0.5,
        wall_s=0.7,
        peak_memory_mb=40,
        tier="A",
        error=error,
        stdout_tail=EVIL,
    )
    score = Score(value, True, metrics={"square": value * value}) if value is not None else None
    experiment_id = f"{run}.{suffix}"
    return Experiment(
        experiment_id=experiment_id,
        run_id=run,
        round=number,
        candidate=Candidate(
            experiment_id,
            {"candidate.py": source(value if value is not None else 0.1)},
            "candidate.py",
            "numpy",
            parents=(parent,) if parent else (),
            motivation=motivation if number else "",
            origin="grammar" if number else "seed",
            used=(Used("cognition", "k1", "the idea"),) if number == 2 else (),
        ),
        status=status,  # type: ignore[arg-type]
        stage="explore",
        score=score,
        executions=(execution,),
        scores=(score,) if score is not None else (),
        verdicts=(Verdict("imports", True),),
        analysis=Analysis(
            "better than its parent", (Lesson("x may go up", 0.8, "slot:guess", (experiment_id,), 1.0),), ("gain",)
        )
        if number
        else None,
        notes={"operator": "mutate"},
        created_at="2026-01-01T00:00:00+00:00",
    )


def fill(path: Path, plugin: str, run: str = RUN, proposer: str = "grammar") -> None:
    with open_store(path, purpose="test") as store:
        store.create_run(
            RunInfo(
                run_id=run,
                plugin="tiny",
                title="Find the largest x",
                seed=7,
                backend="numpy",
                stage="explore",
                proposer=proposer,
                sampler="ucb1",
                workers=1,
                rounds=4,
                status="completed",
                reason="All 4 rounds were done.",
                config=to_json(from_json({"plugin": plugin})),
                tier="A",
                environment={"python": "3.11", "packages": {"numpy": "2.0"}},
                core_version="0.1.0",
                plugin_version="",
                created_at="2026-01-01T00:00:00+00:00",
                ended_at="2026-01-01T00:01:05+00:00",
                objective={"name": "x", "unit": "units"},
            )
        ).result()
        for experiment, kind in (
            (make(0, 0.2, run=run), "novel"),
            (make(1, 0.4, parent=f"{run}.s0", run=run), "novel"),
            (make(2, 0.75, parent=f"{run}.1", motivation=EVIL, run=run), "cognition"),
            (make(3, None, parent=f"{run}.1", status="error", error="ValueError: no | luck", run=run), "novel"),
            (make(4, 0.5, parent=f"{run}.2", run=run), "experience"),
        ):
            store.record(experiment, state={}, provenance_class=kind, keep_outputs=True).result()


@pytest.fixture(scope="session")
def plugin_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plugin") / "tiny.py"
    path.write_text(PLUGIN)
    return path


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory, plugin_file: Path) -> Path:
    path = tmp_path_factory.mktemp("db") / "runs.duckdb"
    fill(path, str(plugin_file))
    fill(path, str(plugin_file), "bbb222", "random")
    return path


@pytest.fixture
def fill_database() -> Callable[..., None]:
    """``fill``: writes a finished run into a database."""
    return fill


Invoke = Callable[..., Result]


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs a command line in an empty folder with an empty environment; gives click's Result."""
    from asi_evolve.cli.app import cli

    monkeypatch.chdir(tmp_path)
    for name in ("ASIEVOLVE_PLUGIN", "ASIEVOLVE_DEBUG", "ASIEVOLVE_STORE_DB"):
        monkeypatch.delenv(name, raising=False)

    def call(*args: object, code: int | None = 0) -> Result:
        result = CliRunner().invoke(cli, [str(arg) for arg in args])
        if code is not None:
            assert result.exit_code == code, (result.output, result.exception)
        return result

    return call


@pytest.fixture
def error_line() -> Callable[[Result], str]:
    """Checks that a refused command printed exactly one error line and nothing else; gives the line."""

    def check(result: Result) -> str:
        lines = result.stderr.strip().splitlines()
        assert len(lines) == 1, result.stderr
        assert lines[0].startswith("error: ")
        assert result.stdout == ""
        return lines[0]

    return check
