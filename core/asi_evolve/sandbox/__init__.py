"""Running code that nobody vouches for: tiers of isolation, one warm server, data-only results.

>>> from asi_evolve.sandbox import Sandbox
>>> with Sandbox() as box:                                        # doctest: +SKIP
...     outcome = box.call("def solve(x): return x + 1", "solve", 41)
>>> outcome.status, outcome.value                                 # doctest: +SKIP
('ok', 42)

The warm server imports modules of this package too, so names are loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

_EXPORTS = {
    "Sandbox": "box",
    "Outcome": "outcome",
    "TierReport": "tiers",
    "TIERS": "tiers",
    "probe": "tiers",
    "probe_ahead": "tiers",
    "resolve_tier": "tiers",
    "Limits": "outcome",
}

__all__ = ["TIERS", "Limits", "Outcome", "Sandbox", "TierReport", "probe", "probe_ahead", "resolve_tier"]

if TYPE_CHECKING:
    from asi_evolve.records import Limits
    from asi_evolve.sandbox.box import Sandbox
    from asi_evolve.sandbox.outcome import Outcome
    from asi_evolve.sandbox.tiers import TIERS, TierReport, probe, probe_ahead, resolve_tier


def __getattr__(name: str) -> Any:
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module 'asi_evolve.sandbox' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"asi_evolve.sandbox.{module}"), name)
