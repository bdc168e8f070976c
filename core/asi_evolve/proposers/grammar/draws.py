"""Drawing and mutating the values of tunable constants."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from asi_evolve.records import Json
from asi_evolve.source.constants import Constant

if TYPE_CHECKING:
    import numpy as np


def uniform(constant: Constant, rng: np.random.Generator) -> Json:
    """A value from the constant's declared range: uniform, or log-uniform where it is marked so.

    Whole numbers: each of them is equally likely (with ``log``: in proportion to ``log((k + 1/2) / (k - 1/2))``).
    Without a range or choices the value stays as it is.
    """
    if constant.alternatives:
        return constant.alternatives[int(rng.integers(len(constant.alternatives)))]
    low, high = constant.low, constant.high
    if not constant.numeric or low is None or high is None:
        return constant.value
    if constant.integer:
        first, last = math.ceil(low), math.floor(high)
        if not constant.log:
            return int(rng.integers(first, last + 1))
        drawn = math.exp(rng.uniform(math.log(first - 0.5), math.log(last + 0.5)))
        return min(max(round(drawn), first), last)
    return _tidy(
        math.exp(rng.uniform(math.log(low), math.log(high))) if constant.log else rng.uniform(low, high), low, high
    )


def mutated(constant: Constant, scale: float, rng: np.random.Generator) -> Json:
    """Another value near the constant's: a normal step of ``scale`` times its (log-)range, reflected at the bounds.

    A whole number moves by at least 1; a choice is drawn anew among the others. Returns the value itself only if
    there is no other.
    """
    if constant.alternatives:
        others = [a for a in constant.alternatives if type(a) is not type(constant.value) or a != constant.value]
        return others[int(rng.integers(len(others)))] if others else constant.value
    if not constant.numeric:
        return constant.value
    low, high, value = constant.low, constant.high, constant.value
    step = float(rng.normal(0.0, scale))
    if low is None or high is None:
        moved = value + step * (abs(value) if value else 1.0)
        low, high = (-math.inf if low is None else low), (math.inf if high is None else high)
        moved = min(max(moved, low), high)
    else:
        if low == high:
            return value
        inside = min(max(value, low), high)
        a, b, x = (math.log(low), math.log(high), math.log(inside)) if constant.log else (low, high, inside)
        share = _reflect((x - a) / (b - a) + step)
        moved = a + share * (b - a)
        moved = math.exp(moved) if constant.log else moved
    if not constant.integer:
        return _tidy(moved, low, high)
    whole = round(moved)
    if whole == value:
        whole += 1 if step > 0 else -1
    first = math.ceil(low) if math.isfinite(low) else whole
    last = math.floor(high) if math.isfinite(high) else whole
    if not first <= whole <= last:
        # At a bound the other direction is the only one.
        whole = value + 1 if whole < first else value - 1
    return min(max(whole, first), last)


def _reflect(share: float) -> float:
    share = math.fmod(abs(share), 2.0)
    return 2.0 - share if share > 1.0 else share


def _tidy(value: float, low: float, high: float) -> float:
    """Five significant digits are enough for a constant, and read well."""
    return min(max(float(f"{value:.5g}"), float(low)), float(high))
