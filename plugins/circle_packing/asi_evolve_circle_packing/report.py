"""The domain's part of the report: the best packing drawn, and how far it is from the best known one."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from asi_evolve_circle_packing.problems import KNOWN, Known, Problem, parse_problem
from asi_evolve_circle_packing.scoring import CONTACT_GAP, NotAPacking, read_packing

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure


def sections(run: Any) -> list[tuple[str, str]]:
    """``(title, Markdown)`` sections for a run: the best packing, and the gap to the best known value."""
    problem = _problem_of(run)
    out = []
    rows = [row for row in run.rows() if row.get("value") is not None]
    best = run.best()
    if best is not None:
        packing = _packing_of(run, best.experiment_id, problem)
        if packing is not None:
            centers, radii, width = packing
            text = (
                f"Experiment `{best.experiment_id}`, certified sum of radii **{best.value:.10f}**"
                + f"{_against(problem, best.value)}.\n\n"
                + _picture(draw_packing(centers, radii, width), f"The best packing, {problem.n} circles")
                + "\n\nLines join circles that touch (gap below "
                + f"{CONTACT_GAP:g}); circles without a line are loose."
            )
            out.append(("Best packing", text))
    known = KNOWN.get(problem.name)
    if known is not None and len(rows) > 1:
        figure = draw_gap([row["round"] for row in rows], [row["value"] for row in rows], known)
        text = f"On a logarithmic scale; the dotted line is the target {known.target}.\n\n"
        out.append(("Gap to the best known value", text + _picture(figure, "Gap to the best known value by round")))
    return out


def draw_packing(centers: np.ndarray, radii: np.ndarray, width: float) -> Figure:
    """The circles in their box, coloured by radius, contacts as lines; centers [n, 2], radii [n]."""
    import numpy as np
    from matplotlib import colormaps
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle, Rectangle

    height = 2.0 - width
    figure = Figure(figsize=(5.0, 5.0 * height / width), layout="constrained")
    axes = figure.add_subplot()
    axes.add_patch(Rectangle((0, 0), width, height, fill=False, linewidth=1.2))
    low, high = float(radii.min()), float(radii.max())
    colour = colormaps["viridis"]
    for (x, y), r in zip(centers, radii, strict=True):
        share = (r - low) / (high - low) if high > low else 0.5
        axes.add_patch(Circle((x, y), r, facecolor=colour(share), edgecolor="black", linewidth=0.5, alpha=0.75))
    i, j = np.triu_indices(len(radii), 1)
    gap = np.hypot(*(centers[i] - centers[j]).T) - radii[i] - radii[j]
    touching = gap < CONTACT_GAP
    axes.add_collection(
        LineCollection(
            [(centers[a], centers[b]) for a, b in zip(i[touching], j[touching], strict=True)],
            colors="black",
            linewidths=0.6,
        )
    )
    axes.set_xlim(-0.01, width + 0.01)
    axes.set_ylim(-0.01, height + 0.01)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return figure


def draw_gap(rounds: Sequence[int], values: Sequence[float], known: Known) -> Figure:
    """How far each valid experiment (point) and the best so far (step) lie below the best known value, by round."""
    from matplotlib.figure import Figure

    # The gap of a packing that equals the best known one to the last digit has no logarithm.
    floor = 1e-9
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.add_subplot()
    order = sorted(range(len(rounds)), key=lambda k: (rounds[k], k))
    xs = [rounds[k] for k in order]
    gaps = [max(known.best - values[k], floor) for k in order]
    axes.plot(xs, gaps, "o", markersize=3, alpha=0.5, color="tab:blue", label="experiments")
    axes.step(xs, list(accumulate(gaps, min)), where="post", color="tab:orange", label="best so far")
    axes.axhline(known.best - known.target, linestyle=":", linewidth=0.9, color="grey")
    axes.set_yscale("log")
    axes.set_ylabel(f"gap to {known.best:.6f}")
    axes.set_xlabel("round")
    axes.legend(frameon=False)
    axes.grid(visible=True, linewidth=0.3)
    return figure


def _problem_of(run: Any) -> Problem:
    domain = run.info.config.get("domain") or {}
    return parse_problem(str(domain.get("problem", "square-26")))


def _packing_of(run: Any, experiment_id: str, problem: Problem) -> tuple[np.ndarray, np.ndarray, float] | None:
    """The packing that an experiment returned, or None where its arrays were not kept."""
    for outputs in run.outputs(experiment_id).values():
        try:
            return read_packing(outputs, problem)
        except NotAPacking:
            continue
    return None


def _against(problem: Problem, value: float | None) -> str:
    known = KNOWN.get(problem.name)
    if known is None or value is None:
        return ""
    if value >= known.target:
        return f", which matches the best known value {known.best:.10f} ({known.source})"
    return f", {known.best - value:.2e} below the best known value {known.best:.10f} ({known.source})"


def _picture(figure: Figure, alt: str) -> str:
    """The figure as a Markdown picture with the SVG inside it; the same bytes for the same figure."""
    from matplotlib import rc_context

    buffer = io.StringIO()
    with rc_context({"svg.hashsalt": "asi-evolve", "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return f"![{alt}](data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue().encode()).decode()})"
