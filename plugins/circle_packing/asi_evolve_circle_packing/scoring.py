"""The trusted scorer: reads returned data, which may be wrong in every way, and certifies it exactly."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from asi_evolve import Score

from asi_evolve_circle_packing.certify import certify
from asi_evolve_circle_packing.problems import Problem

if TYPE_CHECKING:
    import numpy as np

CONTACT_GAP = 1e-7
"""Circles nearer than this to each other or to a wall count as touching (for the contact count only)."""


class NotAPacking(ValueError):  # noqa: N818 - it is a finding about data, not a fault
    """The returned data is not a packing of the right shape; the text says why."""


def read_packing(outputs: Mapping[str, Any], problem: Problem) -> tuple[np.ndarray, np.ndarray, float]:
    """(centers float64[n, 2], radii float64[n], width) from returned data; NotAPacking says what is wrong."""
    centers = _array(outputs, "centers")
    radii = _array(outputs, "radii")
    n = problem.n
    if radii.shape != (n,):
        raise NotAPacking(f"radii must have shape ({n},) for {n} circles, it has {radii.shape}")
    if centers.shape != (n, 2):
        raise NotAPacking(f"centers must have shape ({n}, 2) for {n} circles, it has {centers.shape}")
    width = 1.0
    if problem.free_width:
        if "width" not in outputs:
            raise NotAPacking("pack must return (centers, radii, width) for a rectangle: there is no width")
        wide = _array(outputs, "width")
        if wide.size != 1:
            raise NotAPacking(f"width must be one number, it has shape {wide.shape}")
        width = float(wide.reshape(()))
    return centers, radii, width


def _array(outputs: Mapping[str, Any], name: str) -> np.ndarray:
    import numpy as np

    if name not in outputs:
        raise NotAPacking(f"pack must return (centers, radii): there is no {name} (got {sorted(outputs)})")
    try:
        array = np.asarray(outputs[name])
    except (ValueError, TypeError) as error:
        raise NotAPacking(f"{name} is not an array of numbers: {error}") from None
    if array.dtype.kind not in "iuf":
        raise NotAPacking(f"{name} must hold real numbers, it holds {array.dtype}")
    with np.errstate(over="ignore"):
        array = array.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(array.ravel()))
    if len(bad):
        raise NotAPacking(f"{name} holds {len(bad)} values that are not finite, the first at flat index {bad[0]}")
    return array


def count_contacts(centers: np.ndarray, radii: np.ndarray, width: float, gap: float = CONTACT_GAP) -> int:
    """Number of touching pairs and of circles touching walls (a corner counts twice), in double precision."""
    import numpy as np

    box = np.array([width, 2.0 - width])
    i, j = np.triu_indices(len(radii), 1)
    apart = np.hypot(*(centers[i] - centers[j]).T) - radii[i] - radii[j]
    walls = np.concatenate([(centers - radii[:, None]).ravel(), (box - centers - radii[:, None]).ravel()])
    return int((apart < gap).sum() + (walls < gap).sum())


def complexity(source: str) -> float:
    """Number of syntax tree nodes of ``source``; 0 if it does not parse."""
    try:
        return float(sum(1 for _ in ast.walk(ast.parse(source))))
    except (SyntaxError, ValueError, RecursionError):
        return 0.0


def score_packing(
    outputs: Mapping[str, Any] | None, problem: Problem, *, source: str = "", cpu_s: float = 0.0
) -> Score:
    """Certify ``outputs`` for ``problem``; the candidate's own word is never read."""
    features = {"complexity": complexity(source), "cpu": math.log10(max(cpu_s, 1e-3)), "contacts": 0.0}
    if outputs is None:
        return Score(value=None, valid=False, features=features, feedback="the program returned no packing")
    try:
        centers, radii, width = read_packing(outputs, problem)
    except NotAPacking as finding:
        return Score(value=None, valid=False, features=features, feedback=str(finding))
    pairs = [(float(x), float(y)) for x, y in centers]
    certificate = certify(pairs, [float(r) for r in radii], width)
    metrics = {"raw_sum": certificate.raw_sum, "worst_violation": certificate.violation}
    if not certificate.valid:
        return Score(value=None, valid=False, metrics=metrics, features=features, feedback=certificate.reason)
    contacts = count_contacts(centers, radii, width)
    metrics |= {
        "loss": certificate.raw_sum - certificate.value,
        "min_radius": float(min(certificate.radii)),
        "contacts": float(contacts),
    }
    if problem.free_width:
        metrics["width"] = width
    features["contacts"] = float(contacts)
    return Score(
        value=certificate.value, valid=True, metrics=metrics, features=features, feedback=_feedback(problem, metrics)
    )


def _feedback(problem: Problem, metrics: Mapping[str, float]) -> str:
    """What limits a valid packing, in words for the next proposal."""
    lines = []
    if metrics["worst_violation"] > 1e-9:
        lines.append(
            f"circles overlapped by {metrics['worst_violation']:.2g}, which cost {metrics['loss']:.2g} of the sum: "
            "finish with a step that ends strictly feasible"
        )
    # A rigid packing fixes 3n numbers, so a local optimum touches at least about 3n times less the free circles.
    if metrics["contacts"] < 2 * problem.n:
        lines.append(
            f"only {metrics['contacts']:.0f} contacts for {problem.n} circles: this is no local optimum yet, "
            "refine centers and radii together"
        )
    return "; ".join(lines)
