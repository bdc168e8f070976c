"""Certification of a packing in exact arithmetic: what the score is, and the only thing that it is.

Every double is a rational number with a power of two below the line, so a packing is read as integers over one
common power of two and everything after that is exact. The one irrational quantity, the distance of two centers,
is bounded from below by an integer square root. No tolerance appears anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

GUARD_BITS = 128
"""Least number of binary places that the square roots are taken with: their error is below 2**-128."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The outcome of :func:`certify`."""

    valid: bool
    value: float
    """Sum of the repaired radii, rounded down to a double; 0 unless valid."""
    raw_sum: float
    """Sum of the radii as returned, rounded to the nearest double."""
    violation: float
    """What was subtracted from every radius, rounded up to a double; 0 for a packing that was strict already."""
    exact_sum: Fraction
    """The repaired sum, exactly."""
    radii: tuple[Fraction, ...]
    """The repaired radii, exactly."""
    reason: str = ""
    """Why it is not valid, in words."""


def round_down(value: Fraction) -> float:
    """The largest double that is not above ``value``."""
    nearest = value.numerator / value.denominator
    return nearest if Fraction(nearest) <= value else math.nextafter(nearest, -math.inf)


def round_up(value: Fraction) -> float:
    """The smallest double that is not below ``value``."""
    return 0.0 - round_down(-value)


def _shift(values: Sequence[float]) -> int:
    """Binary places that hold every value exactly, and at least GUARD_BITS."""
    return max(GUARD_BITS, *(value.as_integer_ratio()[1].bit_length() - 1 for value in values))


def _scaled(value: float, shift: int) -> int:
    numerator, denominator = value.as_integer_ratio()
    return (numerator << shift) // denominator


def worst_violation(xs: Sequence[int], ys: Sequence[int], rs: Sequence[int], width: int, height: int) -> int:
    """The largest amount by which a wall or a pair is violated, never understated; at least 0.

    All arguments are integers in the same unit, and so is the result. A pair's violation is its overlap
    ``ri + rj - d``, with d bounded from below by an integer square root.
    """
    worst = 0
    for x, y, r in zip(xs, ys, rs, strict=True):
        worst = max(worst, r - x, r - y, x + r - width, y + r - height)
    for i in range(len(rs)):
        xi, yi, ri = xs[i], ys[i], rs[i]
        for j in range(i + 1, len(rs)):
            reach = ri + rs[j] - worst
            if reach <= 0:
                continue
            square = (xi - xs[j]) ** 2 + (yi - ys[j]) ** 2
            if square < reach * reach:
                worst = max(worst, ri + rs[j] - math.isqrt(square))
    return worst


def holds(xs: Sequence[int], ys: Sequence[int], rs: Sequence[int], width: int, height: int) -> bool:
    """Whether all 4n walls and all pairs hold exactly and every radius is positive (integers in one unit)."""
    if any(r <= 0 for r in rs):
        return False
    for x, y, r in zip(xs, ys, rs, strict=True):
        if x < r or y < r or x + r > width or y + r > height:
            return False
    return all(
        (xs[i] - xs[j]) ** 2 + (ys[i] - ys[j]) ** 2 >= (rs[i] + rs[j]) ** 2
        for i in range(len(rs))
        for j in range(i + 1, len(rs))
    )


def certify(centers: Sequence[tuple[float, float]], radii: Sequence[float], width: float = 1.0) -> Certificate:
    """Certify circles in the box ``[0, width] x [0, 2 - width]``.

    ``centers`` and ``radii`` are finite doubles (ValueError otherwise), equally many. The worst violation is
    subtracted from every radius; then every wall and pair is checked again, exactly. Not valid, with a reason,
    if the box is degenerate or a radius does not stay positive.
    """
    flat = [value for center in centers for value in center]
    if not all(math.isfinite(value) for value in (*flat, *radii, width)):
        raise ValueError("certify needs finite numbers")
    if len(centers) != len(radii):
        raise ValueError(f"{len(centers)} centers but {len(radii)} radii")
    shift = _shift([*flat, *radii, width, 1.0])
    unit = 1 << shift
    raw = Fraction(sum(_scaled(r, shift) for r in radii), unit)
    raw_sum = raw.numerator / raw.denominator

    def refuse(reason: str, violation: float = 0.0) -> Certificate:
        return Certificate(False, 0.0, raw_sum, violation, Fraction(0), (), reason)

    if not 0.0 < width < 2.0:
        return refuse(f"the width {width!r} is not between 0 and 2, so the box of perimeter 4 does not exist")
    for i, r in enumerate(radii):
        if r <= 0.0:
            return refuse(f"radius {i} is {r!r}: every radius must be positive")
    xs = [_scaled(x, shift) for x, _ in centers]
    ys = [_scaled(y, shift) for _, y in centers]
    rs = [_scaled(r, shift) for r in radii]
    w = _scaled(width, shift)
    h = 2 * unit - w
    worst = worst_violation(xs, ys, rs, w, h)
    violation = round_up(Fraction(worst, unit))
    if worst:
        rs = [r - worst for r in rs]
        small = min(range(len(rs)), key=rs.__getitem__)
        if rs[small] <= 0:
            return refuse(
                f"the worst overlap or wall violation is {violation:.3g}; taking it from every radius leaves "
                f"circle {small} (radius {radii[small]:.3g}) without a positive radius",
                violation,
            )
    if not holds(xs, ys, rs, w, h):
        return refuse("the repaired packing does not hold exactly: this is a fault of the certifier", violation)
    exact = Fraction(sum(rs), unit)
    return Certificate(True, round_down(exact), raw_sum, violation, exact, tuple(Fraction(r, unit) for r in rs))
