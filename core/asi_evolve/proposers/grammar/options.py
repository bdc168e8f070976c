"""Options of the grammar proposer: the keys under ``[proposer]``."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from asi_evolve.errors import ConfigError, did_you_mean
from asi_evolve.records import Json


def _option(default: float, low: float, high: float) -> Any:
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True, slots=True)
class GrammarOptions:
    """How the grammar proposer behaves. The defaults were chosen on circle packing with 20 to 24 circles."""

    mutation_scale: float = _option(0.2, 0.001, 1.0)
    """First standard deviation of a constant's mutation, as a share of its declared range. It then adapts."""
    temperature: float = _option(0.08, 0.001, 10.0)
    """How sharply credit decides: odds are ``exp(effect / temperature)``, effects in ranks from 0 to 1."""
    cognition_boost: float = _option(2.0, 1.0, 100.0)
    """Factor on the odds of a block that a retrieved cognition item names."""
    lesson_strength: float = _option(1.0, 0.0, 10.0)
    """A lesson's effect times its confidence, times this, is added to the logarithm of the odds."""
    novelty_boost: float = _option(3.0, 1.0, 100.0)
    """Factor on the odds of a block that the run has not tried yet. Needs ``learn``."""
    swap_probability: float = _option(0.5, 0.0, 1.0)
    """Without ``learn``: probability of exchanging blocks as opposed to other operators."""
    extra_swaps: float = _option(0.9, 0.0, 1.0)
    """Probability of each of up to two further exchanges in one proposal, at the start of a run."""
    decay: float = _option(0.95, 0.5, 1.0)
    """What an operator's past successes and failures weigh after each further experiment."""
    memory: int = _option(160, 8, 2000)
    """How many of the last experiments the credit of blocks is computed from."""
    drafts: int = _option(6, 1, 100)
    """Drafts of one proposal, of which the one with the most promise for its work is made. Needs ``learn``."""
    thrift: float = _option(1.0, 0.0, 2.0)
    """Power of the declared work that a draft's promise is divided by; 0: work does not count."""
    redraws: int = _option(8, 0, 100)
    """How often a program that was seen before is drawn again within one proposal."""


def parse_options(options: Mapping[str, Json]) -> GrammarOptions:
    """The options in ``options`` over the defaults.

    Raises:
        ConfigError: If a key is unknown, or a value is not a number in its range.
    """
    fields = {f.name: f for f in dataclasses.fields(GrammarOptions)}
    values: dict[str, Any] = {}
    for key, value in options.items():
        if key not in fields:
            raise ConfigError(
                f"[proposer] {key}: the grammar proposer has no such option{did_you_mean(key, fields)}; "
                f"it has {', '.join(fields)} and learn"
            )
        low, high = fields[key].metadata["low"], fields[key].metadata["high"]
        whole = isinstance(fields[key].default, int)
        right = isinstance(value, int) if whole else isinstance(value, int | float)
        if isinstance(value, bool) or not right or not math.isfinite(value) or not low <= value <= high:
            kind = "whole number" if whole else "number"
            raise ConfigError(f"[proposer] {key} = {value!r}: must be a {kind} from {low:g} to {high:g}")
        values[key] = value
    return GrammarOptions(**values)
