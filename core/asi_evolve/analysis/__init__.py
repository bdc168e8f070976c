"""What an experiment tells: the rule-based analyzer."""

from __future__ import annotations

from asi_evolve.analysis.rules import RuleAnalyzer

__all__ = ["RuleAnalyzer"]
