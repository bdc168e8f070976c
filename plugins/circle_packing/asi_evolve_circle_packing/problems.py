"""Which packing problem is posed: its container, what is known of it, and the value that counts as reached."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from asi_evolve import UsageError

MAX_CIRCLES = 200
"""Ceiling for n: certification is exact over all pairs, and the shipped blocks are written for tens of circles."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the literature reports for one problem. Sums of radii."""

    best: float
    """Best known sum of radii of a strict packing (no tolerance); not proven optimal."""
    target: float
    """Certified value at which a run counts as having matched the best known value."""
    source: str


#: Sums published by AlphaEvolve (Novikov et al. 2025, arXiv:2506.13131, sections B.12 and B.13) and the works that
#: followed it; the digits given here are those of strict packings, certified in exact arithmetic.
KNOWN: Mapping[str, Known] = MappingProxyType(
    {
        "square-26": Known(2.6359830849, 2.63598, "AlphaEvolve, arXiv:2506.13131, B.12, and later strict refinements"),
        "square-32": Known(2.9395727712, 2.93957, "AlphaEvolve, arXiv:2506.13131, B.12, and later strict refinements"),
        "rectangle-21": Known(2.3658323759, 2.36583, "AlphaEvolve, arXiv:2506.13131, B.13"),
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Place ``n`` circles in a box of perimeter 4; the square's width is 1, the rectangle's is free."""

    name: str
    container: str
    """``square`` or ``rectangle``."""
    n: int

    @property
    def free_width(self) -> bool:
        """Whether the candidate chooses the width of the box (its height is 2 minus the width)."""
        return self.container == "rectangle"

    @property
    def target(self) -> float | None:
        """The certified value that matches the best known one, or None where none is recorded here."""
        known = KNOWN.get(self.name)
        return known.target if known is not None else None

    @property
    def known_bound(self) -> float:
        """A certified value above this is implausible: a hair above the best known, else a proven bound.

        The proven one: the circles' areas sum to at most the area of the box, at most 1, so by the
        Cauchy-Schwarz inequality the radii sum to at most sqrt(n / pi).
        """
        known = KNOWN.get(self.name)
        return known.best + 1e-9 if known is not None else math.sqrt(self.n / math.pi)


def parse_problem(name: str) -> Problem:
    """The problem called ``name``: ``square-N`` or ``rectangle-N`` with 1 <= N <= 200; UsageError otherwise."""
    match = re.fullmatch(r"(square|rectangle)-([0-9]{1,6})", name)
    if match is None:
        raise UsageError(
            f"[domain] problem = {name!r} is not a circle packing problem: write square-N or rectangle-N, "
            "for example square-26"
        )
    n = int(match.group(2))
    if not 1 <= n <= MAX_CIRCLES:
        raise UsageError(f"[domain] problem = {name!r}: the number of circles must be 1 to {MAX_CIRCLES}")
    return Problem(f"{match.group(1)}-{n}", match.group(1), n)
