"""Checks of a candidate before it costs a full execution: static, duplicates, novelty, quick executed tests."""

from __future__ import annotations

from asi_evolve.checks.duplicates import DuplicateIndex, check_duplicate
from asi_evolve.checks.executed import run_checks
from asi_evolve.checks.novelty import NoNovelty, NoveltyJudge
from asi_evolve.checks.static import check_program

__all__ = ["DuplicateIndex", "NoNovelty", "NoveltyJudge", "check_duplicate", "check_program", "run_checks"]
