"""The ladder of stages: promotion must go on as before after a resume, and rank among all, not among the losers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asi_evolve as ae
import pytest
from asi_evolve.api import resume
from asi_evolve.domain import PromotionRule, Stage
from asi_evolve.loop.ladder import Ladder, whole_stages
from asi_evolve.records import Limits

PLUGIN = '''
from asi_evolve import (Backend, Block, Domain, Limits, Objective, PromotionRule, Score, Slot, Stage, hookimpl)

SEED = """
from asi_evolve import tunable


def base():
    return tunable(1.0, low=0.0, high=5.0)


def solve():
    return {"x": base()}
"""
BLOCK = Block("one", "base", "def base():\\n    return tunable(1.0, low=1.0, high=5.0)\\n")
LIMITS = Limits(wall_s=10, cpu_s=2, memory_mb=512)


@hookimpl
def domain():
    weak = SEED.replace("tunable(1.0,", "tunable(0.5,")
    return Domain(
        name="staged", title="Staged", task_markdown="", objective=Objective("x"),
        backends={"numpy": Backend(seeds={"plain": {"candidate.py": SEED}}, blocks=(BLOCK,),
                                   baselines={"weak": {"candidate.py": weak}}, libraries=("math",))},
        slots=(Slot("base"),), rounds=4,
        stages=(Stage("explore", LIMITS, (0, 1, 2), PromotionRule(RULE)), Stage("verify", LIMITS, (3,))),
    )


@hookimpl
def score(context, candidate, execution, hidden):
    return Score(float(execution.outputs["x"]), True)
'''


def plugin(tmp_path: Path, rule: str) -> str:
    path = tmp_path / "staged.py"
    path.write_text(PLUGIN.replace("PromotionRule(RULE)", f"PromotionRule({rule})"))
    return str(path)


def stages(run: ae.Run) -> list[Any]:
    return [(row["round"], row["stage"], row["value"]) for row in run.rows()]


@pytest.mark.parametrize("rule", ["3, 'paired', 0.8", "top=0.4"])
def test_promotion_is_the_same_after_a_resume(tmp_path: Path, rule: str) -> None:
    path = plugin(tmp_path, rule)
    whole = ae.run(path, rounds=8, seed=5, workers=1, db=tmp_path / "whole.duckdb")
    ae.run(path, rounds=3, seed=5, workers=1, db=tmp_path / "parts.duckdb")
    parts = resume(tmp_path / "parts.duckdb", rounds=5)
    assert stages(parts) == stages(whole)
    assert {stage for number, stage, _ in stages(whole) if number > 3} >= {"verify"}


def test_a_target_needs_the_last_stage(tmp_path: Path) -> None:
    # The seed and everything else is worth at least 1.0, and only 3.0 is enough to be verified.
    path = plugin(tmp_path, "1, 'threshold', 3.0")
    run = ae.run(path, rounds=40, seed=5, workers=1, db=tmp_path / "t.duckdb", run__target=2.0)
    assert run.outcome is not None
    assert run.outcome.status == "target"
    best = run.best()
    assert best is not None
    assert best.value is not None
    assert best.value >= 3.0
    assert run.outcome.reason.startswith(best.experiment_id)
    assert best.stage == "verify"
    assert any(value is not None and value >= 2.0 for _, stage, value in stages(run) if stage == "explore")


STAGES = (Stage("explore", Limits(), (0,), PromotionRule(top=0.5)), Stage("verify", Limits(), (1,)))


def test_those_that_went_on_stay_in_the_ranking() -> None:
    ladder = Ladder(STAGES)
    ladder.add_replicates([("explore", 5.0), ("verify", 4.0)], "ok", "verify")
    ladder.add_replicates([("explore", 6.0), ("verify", None)], "invalid_result", "verify")
    ladder.add_replicates([("explore", 1.0)], "ok", "explore")
    ladder.add_replicates([("explore", None)], "invalid_result", "explore")
    assert ladder.values("explore").tolist() == [5.0, 6.0, 1.0]
    assert ladder.values("explore", 2).tolist() == [5.0, 6.0]
    assert ladder.values("verify").tolist() == [4.0]


def test_a_quarantined_value_ranks_nobody() -> None:
    replicates = [("explore", 5.0), ("verify", 99.0), ("verify", 3.0)]
    assert whole_stages(STAGES, replicates, "quarantined", "verify") == {"explore": (5.0,)}
    # Held on fresh inputs: the second look is no replicate.
    assert whole_stages(STAGES, replicates, "ok", "verify") == {"explore": (5.0,), "verify": (99.0,)}
