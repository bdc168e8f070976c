"""Runs to hand rounds to."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import asi_evolve as ae
import pytest
from asi_evolve.cli.app import cli
from click.testing import CliRunner, Result
from handoff_runs import HAND, TOY


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "h.duckdb"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Databases with a run each, made once: starting the parts of a run is most of what a test takes."""
    folder = tmp_path_factory.mktemp("handoff")
    ae.run(str(TOY), rounds=2, seed=1, workers=1, db=folder / "toy.duckdb")
    ae.run(str(HAND), rounds=1, seed=1, workers=1, db=folder / "hand.duckdb")
    return {name: folder / f"{name}.duckdb" for name in ("toy", "hand")}


def _copy(source: Path, db: Path) -> ae.Run:
    shutil.copy(source, db)
    shutil.copytree(f"{source}.artifacts", f"{db}.artifacts")
    return ae.open_run(db=db)


@pytest.fixture
def toy(made: dict[str, Path], db: Path) -> ae.Run:
    """A run of the grammar proposer with two finished rounds of two."""
    return _copy(made["toy"], db)


@pytest.fixture
def hand(made: dict[str, Path], db: Path) -> ae.Run:
    """A run whose domain proposes by itself, with one round."""
    return _copy(made["hand"], db)


@pytest.fixture
def asievolve(db: Path) -> Callable[..., Result]:
    """The command line on the test's database."""

    def call(*arguments: str, text: str | None = None) -> Result:
        return CliRunner().invoke(cli, [*arguments, "--db", str(db)], input=text, standalone_mode=True)

    return call
