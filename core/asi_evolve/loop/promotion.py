"""From replicates to one score, and from one stage to the next."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from asi_evolve.domain import PromotionRule
from asi_evolve.records import Score

#: Values of several experiments.
Means: TypeAlias = Sequence[float] | np.ndarray[Any, np.dtype[np.float64]]

#: Up to this many pairs, all sign patterns are enumerated; beyond, a fixed sample of them is drawn.
_EXACT_PAIRS = 14
_SAMPLED_PATTERNS = 20_000


def aggregate(scores: Sequence[Score]) -> Score:
    """One score from the replicates of a stage: means, and the standard error of the value.

    Invalid as soon as one replicate is: a program that works on some seeds only does not work.

    Args:
        scores: At least one.

    Returns:
        The score itself if there is only one. ``stderr`` is ``sd / sqrt(n)`` with ``n - 1`` degrees of freedom.
    """
    if len(scores) == 1:
        return scores[0]
    attested = all(score.attested for score in scores)
    invalid = next((score for score in scores if not score.valid), None)
    if invalid is not None:
        return Score(None, False, feedback=invalid.feedback, attested=attested, replicates=len(scores))
    values = np.array([score.value for score in scores], dtype=np.float64)
    fitnesses = [score.fitness for score in scores if score.fitness is not None]
    return Score(
        value=float(values.mean()),
        valid=True,
        metrics=_means([score.metrics for score in scores]),
        features=_means([score.features for score in scores]),
        feedback=" ".join(dict.fromkeys(score.feedback for score in scores if score.feedback)),
        attested=attested,
        fitness=float(np.mean(fitnesses)) if len(fitnesses) == len(scores) else None,
        stderr=float(values.std(ddof=1) / math.sqrt(len(values))),
        replicates=len(scores),
    )


def _means(tables: Sequence[Mapping[str, float]]) -> dict[str, float]:
    shared = [name for name in tables[0] if all(name in table for table in tables)]
    return {name: float(np.mean([table[name] for table in tables])) for name in shared}


def promoted(
    rule: PromotionRule,
    scores: Sequence[Score],
    *,
    baseline: Sequence[float] = (),
    stage_values: Means = (),
) -> bool:
    """Whether a candidate goes on to the next stage.

    Args:
        rule: The stage's rule.
        scores: Its replicates at this stage, in the order of the stage's seeds.
        baseline: Values of the baseline on the same seeds (``paired`` needs them; without, it does not promote).
        stage_values: Values of the valid experiments at this stage before it, for ``rule.top``.
    """
    values = [score.value for score in scores if score.valid and score.value is not None]
    if len(values) < len(scores) or len(values) < rule.minimum_replicates:
        return False
    mean = float(np.mean(values))
    if rule.test == "threshold" and mean < rule.level:
        return False
    if rule.test == "paired":
        if len(baseline) != len(values):
            return False
        if sign_flip_p(np.array(values) - np.array(baseline)) > 1.0 - rule.level:
            return False
    if rule.top < 1.0:
        better = int(np.count_nonzero(np.asarray(stage_values) > mean))
        return better < math.ceil(rule.top * (len(stage_values) + 1))
    return True


def sign_flip_p(differences: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """One-sided p-value of the paired randomisation test (Fisher 1935; Pitman 1937).

    Under the null hypothesis each difference is as likely with either sign. The p-value is the share of the
    ``2**n`` sign patterns whose mean is at least the observed one, so with n pairs it is never below ``2**-n``.

    Args:
        differences: float64[n], candidate minus baseline on the same seeds.
    """
    n = len(differences)
    observed = differences.mean()
    if n <= _EXACT_PAIRS:
        signs = np.array(list(itertools.product((1.0, -1.0), repeat=n)))
    else:
        drawn = np.random.default_rng(0).choice((1.0, -1.0), size=(_SAMPLED_PATTERNS, n))
        signs = np.vstack([np.ones(n), drawn])
    means = (signs * np.abs(differences)).mean(axis=1)
    return float(np.mean(means >= observed - 1e-15 * max(1.0, abs(observed))))
