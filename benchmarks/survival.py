"""Statistics of times to a target that some runs never reached: quartiles, tests and curves (Kaplan-Meier).

Used by ``benchmarks/circle_packing.py``. A run that did not reach the target is censored at what it had spent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy import stats

#: (time, reached) of each run.
Times = Sequence[tuple[float, bool]]


def _sample(times: Times) -> stats.CensoredData:
    return stats.CensoredData(uncensored=[t for t, hit in times if hit], right=[t for t, hit in times if not hit])


def quantile(times: Times, q: float) -> float | None:
    """The time by which a share ``q`` of runs had reached the target (Kaplan-Meier); None if censoring hides it."""
    if not any(hit for _, hit in times):
        return None
    curve = stats.ecdf(_sample(times)).cdf
    reached = np.flatnonzero(np.asarray(curve.probabilities) >= q - 1e-12)
    return float(np.asarray(curve.quantiles)[reached[0]]) if len(reached) else None


def logrank(one: Times, other: Times) -> float:
    """Two-sided p-value of the log-rank test that both reach the target at the same rate."""
    return float(stats.logrank(_sample(one), _sample(other)).pvalue)


def fisher(one: Times, other: Times) -> float:
    """Two-sided p-value of Fisher's exact test that both reach the target in the same share of runs."""
    table = [[sum(hit for _, hit in arm), sum(not hit for _, hit in arm)] for arm in (one, other)]
    return float(stats.fisher_exact(table).pvalue)


def median_ratio(one: Times, other: Times, draws: int = 2_000) -> tuple[float | None, float | None]:
    """Percentile bootstrap interval (95%) of median(one) / median(other), runs drawn anew within each arm.

    A drawn median that censoring hides counts as infinite: the upper end is None where the interval is open, and
    both are None where it cannot be told at all. The generator's seed is fixed, so the interval repeats.
    """
    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(draws):
        medians = []
        for arm in (one, other):
            drawn = quantile([arm[int(i)] for i in rng.integers(len(arm), size=len(arm))], 0.5)
            medians.append(np.inf if drawn is None else drawn)
        if np.isinf(medians[0]) and np.isinf(medians[1]):
            continue  # Says nothing of the ratio.
        ratios.append(0.0 if np.isinf(medians[1]) else medians[0] / medians[1])
    if len(ratios) < 0.95 * draws:
        return None, None
    low, high = np.quantile(ratios, [0.025, 0.975], method="nearest")
    return float(low), (float(high) if np.isfinite(high) else None)


def curves(arms: Mapping[str, Times], label: str, end: float, path: Path) -> None:
    """Draw the share of runs that had reached the target by a time, one step curve an arm, ticks where censored."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # The same figures give the same file.
    with mpl.rc_context({"svg.hashsalt": "asi-evolve", "font.size": 9}):
        figure = Figure(figsize=(5.2, 3.0), layout="constrained")
        axes = figure.add_subplot()
        for (name, times), style in zip(arms.items(), ("-", "--", ":", "-.") * len(arms), strict=False):
            x, y = [0.0], [0.0]
            if any(hit for _, hit in times):
                curve = stats.ecdf(_sample(times)).cdf
                x += list(curve.quantiles)
                y += list(curve.probabilities)
            last = max(t for t, _ in times)
            axes.step([*x, max(last, x[-1])], [*y, y[-1]], where="post", label=name, linestyle=style, linewidth=1.5)
            lost = [t for t, hit in times if not hit]
            height = [y[int(np.searchsorted(x, t, "right")) - 1] for t in lost]
            axes.plot(lost, height, "|", color=axes.lines[-1].get_color(), markersize=7)
        axes.set_xlim(0, end)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel(label)
        axes.set_ylabel("share of runs at the target")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="lower right", frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
