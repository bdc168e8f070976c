"""The domain in the sandbox, end to end: a program is trained there and scored here; `check` runs there too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra arch_search)")

from asi_evolve.cli import main  # noqa: E402
from asi_evolve_arch_search.programs import attention_source, seed_source  # noqa: E402


def test_check_names_what_is_wrong_and_sets_the_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(seed_source(), encoding="utf-8")
    bad.write_text(attention_source(), encoding="utf-8")
    for path, status, refusing in ((good, 0, []), (bad, 1, ["work"])):
        ended = main(["--plugin", "arch_search", "check", str(path), "--json"])
        verdicts = json.loads(capsys.readouterr().out)
        assert ended == status
        assert [verdict["check"] for verdict in verdicts if not verdict["passed"]] == refusing


def test_check_of_a_missing_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--plugin", "arch_search", "check", str(tmp_path / "none.py")]) == 2
    assert "none.py" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_trains_scores_and_repeats(tmp_path: Path) -> None:
    import asi_evolve as ae

    small = {"domain__quick_steps": 4, "domain__steps": 4, "domain__seeds": 1, "workers": 1, "seed": 3}
    runs = [ae.run("arch_search", rounds=1, db=tmp_path / f"{name}.duckdb", **small) for name in "ab"]
    stories = [[(row["status"], row["value"]) for row in run.rows()] for run in runs]
    assert stories[0] == stories[1]
    assert all(status in ("ok", "rejected") for status, _ in stories[0])
    best = runs[0].best()
    assert best is not None
    assert best.score is not None
    assert best.score.attested
