"""Choosing a tier: what is tried, what is said when nothing is there, and what is never chosen silently."""

from __future__ import annotations

import pytest
from asi_evolve.errors import SandboxError
from asi_evolve.sandbox import probe, resolve_tier, tiers


@pytest.fixture
def nothing(monkeypatch):
    def report(tier):
        return tiers.TierReport(tier, tier == "E", "user namespaces are off", tiers.TIERS[tier])

    monkeypatch.setattr(tiers, "_probe_one", report)


def test_probe_names_all_tiers_with_reasons():
    found = probe()
    assert list(found) == ["A", "B", "C", "D", "E", "F"]
    assert all(report.reason and report.statement for report in found.values())
    assert found["E"].available
    assert not found["F"].available
    assert probe()["A"] is found["A"]


def test_auto_takes_the_best_there_is():
    found = probe()
    best = next((tier for tier in ("A", "B") if found[tier].available), None)
    if best is None:
        pytest.skip(f"no isolation here: {found['A'].reason}; {found['B'].reason}")
    assert resolve_tier("auto", assembled_only=True) == best


def test_none_is_only_by_name():
    assert resolve_tier("none", assembled_only=False) == "E"
    assert resolve_tier("e", assembled_only=False) == "E"


def test_without_isolation_foreign_code_needs_a_word(nothing):
    with pytest.raises(SandboxError, match=r"user namespaces are off.*--sandbox none") as caught:
        resolve_tier("auto", assembled_only=False)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    assert resolve_tier("auto", assembled_only=True) == "E"


def test_a_tier_that_is_missing_is_not_replaced(nothing):
    with pytest.raises(SandboxError, match="tier A cannot be had here: user namespaces are off"):
        resolve_tier("A", assembled_only=True)
    with pytest.raises(SandboxError, match="no tier 'Z'"):
        resolve_tier("Z", assembled_only=True)
