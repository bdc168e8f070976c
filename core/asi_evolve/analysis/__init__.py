"""What an experiment tells: measured facts by rules, and beside them what a model says."""

from __future__ import annotations

from asi_evolve.analysis.review import NOT_ASKED, Review, Reviewed, Reviewer, companions
from asi_evolve.analysis.rules import RuleAnalyzer

__all__ = ["NOT_ASKED", "Review", "Reviewed", "Reviewer", "RuleAnalyzer", "companions"]
