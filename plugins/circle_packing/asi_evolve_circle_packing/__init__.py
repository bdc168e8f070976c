"""Circle packing: place circles in a container, maximise the sum of radii.

The hooks of the plugin, and nothing else: what they do is in the modules that they call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asi_evolve import Candidate, Domain, Execution, RunContext, Score, hookimpl


@hookimpl
def domain() -> Domain:
    """The domain for its default problem; ``Domain.configure`` gives it for another one."""
    from asi_evolve_circle_packing.declaration import Config, configure

    return configure(Config())


@hookimpl
def inputs(context: RunContext, stage: str, replicate: int, seed: int) -> tuple[Mapping[str, Any], Any]:
    """The number of circles is public; the scorer is told the problem's name."""
    from asi_evolve_circle_packing.problems import parse_problem

    problem = parse_problem(context.config.problem)
    return {"n": problem.n}, problem.name


@hookimpl
def score(context: RunContext, candidate: Candidate, execution: Execution, hidden: Any) -> Score:
    """Certify the returned packing in exact arithmetic."""
    from asi_evolve_circle_packing.problems import parse_problem
    from asi_evolve_circle_packing.scoring import score_packing

    source = candidate.files.get(candidate.entry, "")
    return score_packing(execution.outputs, parse_problem(str(hidden)), source=source, cpu_s=execution.cpu_s)


@hookimpl
def report_sections(run: Any) -> list[tuple[str, str]] | None:
    """The best packing as a picture, and the gap to the best known value by round."""
    from asi_evolve_circle_packing.report import sections

    return sections(run)
