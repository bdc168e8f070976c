"""The finished examples of the guide work: loaded, run in the sandbox, asked with the pages' SQL."""

from __future__ import annotations

import re
import subprocess
import sys

import asi_evolve as ae
import pytest
from asi_evolve.store import open_reader
from docs_pages import DOCS, EXAMPLES, snippets


@pytest.fixture(scope="module")
def sphere(tmp_path_factory):
    db = tmp_path_factory.mktemp("sphere") / "runs.duckdb"
    return ae.run(str(EXAMPLES / "sphere.py"), rounds=12, seed=1, workers=1, db=db)


def test_the_one_file_domain_improves_on_its_seed(sphere):
    assert sphere.outcome.exit_code == 0, sphere.outcome.reason
    seed = sphere.experiment(f"{sphere.run_id}.s0")
    assert seed.value == pytest.approx(5.936, abs=0.01)
    assert sphere.best().value > 30


def test_the_smallest_domain_improves_by_its_marked_numbers_alone(tmp_path):
    run = ae.run(str(EXAMPLES / "spiral.py"), rounds=10, seed=3, workers=1, db=tmp_path / "runs.duckdb")
    assert run.outcome.exit_code == 0, run.outcome.reason
    seed = run.experiment(f"{run.run_id}.s0")
    assert seed.value == pytest.approx(23.05, abs=0.01)
    assert run.best().value > seed.value + 3
    assert run.best().score.attested


def test_the_domain_with_a_provider_of_its_own_climbs(tmp_path):
    run = ae.run(
        str(EXAMPLES / "steps.py"),
        rounds=3,
        seed=1,
        workers=1,
        db=tmp_path / "runs.duckdb",
        proposer__name="llm",
        llm="climber:steady",
        sampler__name="greedy",
    )
    assert run.outcome.exit_code == 0, run.outcome.reason
    assert run.best().value == 4.0
    [asked] = run.table("select request from llm_calls order by call_id limit 1")["request"].to_pylist()
    assert "You climb stairs for a living." in asked
    assert "Do not use recursion." in asked


@pytest.mark.parametrize("name", ["spiral.py", "sphere.py"])
def test_the_one_file_domains_refuse_bad_points(name):
    from types import SimpleNamespace

    import numpy as np
    from asi_evolve.plugins import load_plugins

    score = load_plugins(str(EXAMPLES / name)).hook.score
    for points in (None, "x", np.zeros((20, 3)), np.full((20, 3), np.nan), np.ones((3, 20)), np.ones((20, 3), int)):
        answer = score(context=None, candidate=None, execution=SimpleNamespace(outputs={"points": points}), hidden=None)
        assert not answer.valid
        assert answer.feedback
    corners = np.zeros((20, 3))
    corners[:, 0] = 1.0
    execution = SimpleNamespace(outputs={"points": corners})
    assert score(context=None, candidate=None, execution=execution, hidden=None).value == pytest.approx(0.0)


def _queries():
    for snippet in snippets("sql"):
        yield pytest.param(snippet.text, id=str(snippet))
    for snippet in snippets("console"):
        for query in re.findall(r'asievolve .*?sql "([^"]*)"', snippet.text):
            yield pytest.param(query, id=f"{snippet}-{query[:20]}")


@pytest.mark.parametrize("query", list(_queries()))
def test_queries_on_the_pages_are_answered(sphere, query):
    reader = open_reader(sphere.db)
    try:
        table = reader.user_sql(query.replace("3fa1b2", sphere.run_id))
    finally:
        reader.close()
    assert table.num_columns >= 1


def test_the_tests_of_the_denoising_example_pass(tmp_path):
    """In a process of its own, as its author would run them."""
    folder = EXAMPLES / "denoise"
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), "tests"],
        cwd=folder,
        env={**_environment(), "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:]


def test_the_sampler_of_the_denoising_example_can_be_chosen(tmp_path):
    run = ae.run(
        "asi_evolve_denoise",
        rounds=3,
        seed=1,
        workers=1,
        db=tmp_path / "runs.duckdb",
        run__stage="explore",
        sampler__name="tournament",
        sampler__size=2,
    )
    assert run.outcome.exit_code == 0, run.outcome.reason
    assert run.info.sampler == "tournament"
    with pytest.raises(ae.UsageError, match="size"):
        ae.run("asi_evolve_denoise", db=tmp_path / "no.duckdb", sampler__name="tournament", sampler__size=0)


def test_the_guide_links_every_example():
    text = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "plugins").glob("*.md"))
    for example in EXAMPLES.iterdir():
        if example.suffix == ".py" or (example.is_dir() and (example / "pyproject.toml").exists()):
            assert f"examples/{example.name}" in text


def _environment():
    import os

    return {name: value for name, value in os.environ.items() if not name.startswith("ASIEVOLVE_")}
