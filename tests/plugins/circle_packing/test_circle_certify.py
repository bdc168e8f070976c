"""The certificate is exact: never above the true sum, and it holds in rationals."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from asi_evolve_circle_packing.certify import certify, round_down, round_up
from hypothesis import given, settings
from hypothesis import strategies as st

QUARTERS = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]


def holds_in_fractions(centers: list[tuple[float, float]], radii: tuple[Fraction, ...], width: float) -> bool:
    """The definition, written again with Fractions and nothing else."""
    w, h = Fraction(width), 2 - Fraction(width)
    points = [(Fraction(x), Fraction(y)) for x, y in centers]
    for (x, y), r in zip(points, radii, strict=True):
        if not (r > 0 and r <= x <= w - r and r <= y <= h - r):
            return False
    for i in range(len(points)):
        for j in range(i):
            dx, dy = points[i][0] - points[j][0], points[i][1] - points[j][1]
            if dx * dx + dy * dy < (radii[i] + radii[j]) ** 2:
                return False
    return True


def test_circle_strict_packing_keeps_its_sum() -> None:
    certificate = certify(QUARTERS, [0.25] * 4)
    assert certificate.valid
    assert certificate.value == 1.0
    assert certificate.violation == 0.0
    assert math.copysign(1.0, certificate.violation) == 1.0


@pytest.mark.parametrize("overlap", [1e-12, 1e-9, 1e-6, 1e-3])
def test_circle_overlap_is_subtracted_from_every_radius(overlap: float) -> None:
    radii = [0.25 + overlap / 2] * 4
    certificate = certify(QUARTERS, radii)
    exact = 2 * Fraction(radii[0]) - Fraction(1, 2)
    assert certificate.valid
    assert all(r == Fraction(radii[0]) - exact for r in certificate.radii)
    assert Fraction(certificate.value) <= certificate.exact_sum < 1
    assert certificate.raw_sum > 1.0
    assert certificate.violation == pytest.approx(overlap, rel=1e-3)
    assert holds_in_fractions(QUARTERS, certificate.radii, 1.0)


def test_circle_tolerance_gains_nothing() -> None:
    """A program that inflates all radii by e never scores more than with e = 0."""
    honest = certify(QUARTERS, [0.25] * 4).value
    for exponent in range(3, 17):
        assert certify(QUARTERS, [0.25 + 10.0**-exponent] * 4).value <= honest


def test_circle_one_ulp_too_much_is_noticed() -> None:
    certificate = certify(QUARTERS, [0.25, 0.25, 0.25, math.nextafter(0.25, 1.0)])
    assert certificate.violation > 0.0
    assert certificate.value < 1.0


def test_circle_rectangle_walls_use_the_width() -> None:
    centers, radii = [(0.25, 0.25), (0.25, 0.75), (0.25, 1.25)], [0.25] * 3
    assert certify(centers, radii, 0.5).value == 0.75
    assert not certify(centers, radii, 1.0).valid
    assert not certify(centers, radii, 2.0).valid


@pytest.mark.parametrize(
    ("centers", "radii", "words"),
    [
        ([(0.5, 0.5)], [0.0], "positive"),
        ([(0.5, 0.5)], [-0.1], "positive"),
        ([(0.5, 0.5), (0.5, 0.5)], [0.1, 0.1], "overlap"),
        ([(1.5, 0.5)], [0.1], "violation"),
    ],
)
def test_circle_hopeless_packings_are_refused(
    centers: list[tuple[float, float]], radii: list[float], words: str
) -> None:
    certificate = certify(centers, radii)
    assert not certificate.valid
    assert words in certificate.reason


def test_circle_not_finite_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="finite"):
        certify([(0.5, math.nan)], [0.1])
    with pytest.raises(ValueError, match="radii"):
        certify([(0.5, 0.5)], [0.1, 0.1])


coordinate = st.floats(0.0, 1.0, allow_subnormal=True)
circle = st.tuples(coordinate, coordinate, st.floats(1e-6, 0.3))


@settings(max_examples=150, deadline=None)
@given(st.lists(circle, min_size=1, max_size=7), st.floats(0.5, 1.5))
def test_circle_certificate_holds_and_never_exceeds_the_true_sum(
    circles: list[tuple[float, float, float]], width: float
) -> None:
    centers = [(x, y) for x, y, _ in circles]
    radii = [r for _, _, r in circles]
    certificate = certify(centers, radii, width)
    if not certificate.valid:
        assert certificate.value == 0.0
        return
    assert holds_in_fractions(centers, certificate.radii, width)
    assert sum(certificate.radii) == certificate.exact_sum
    assert Fraction(certificate.value) <= certificate.exact_sum <= sum(Fraction(r) for r in radii)
    assert Fraction(math.nextafter(certificate.value, math.inf)) > certificate.exact_sum


@given(st.fractions(-10, 10))
def test_circle_rounding_brackets(value: Fraction) -> None:
    low, high = round_down(value), round_up(value)
    assert Fraction(low) <= value <= Fraction(high)
    assert high in (low, math.nextafter(low, math.inf))
