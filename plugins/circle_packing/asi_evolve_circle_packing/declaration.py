"""The domain's declaration: task, slots, blocks, limits and features, for the problem that the configuration names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from asi_evolve import Backend, Domain, Feature, Limits, Objective, Stage, UsageError

from asi_evolve_circle_packing.problems import KNOWN, Problem, parse_problem
from asi_evolve_circle_packing.programs import SLOTS, blocks, seed_source

HARNESS = "asi_evolve_circle_packing.harness:run"
ENTRY = "candidate.py"
MAX_CPU_SECONDS = 3600.0
MAX_WALL_FACTOR = 1000.0


@dataclass(frozen=True, slots=True)
class Config:
    """Keys under ``[domain]``."""

    problem: str = "square-26"
    """``square-N`` (unit square) or ``rectangle-N`` (perimeter 4, width free)."""
    cpu_seconds: float = 10.0
    """CPU seconds that one candidate may use (one core). The blocks' counts scale with it."""
    wall_factor: float = 6.0
    """Wall seconds allowed for each of these CPU seconds, plus 20. Raise it where many processes share a core."""


def task(problem: Problem) -> str:
    """The task in words, for people and prompts."""
    box = "a rectangle of perimeter 4 whose width you choose" if problem.free_width else "the unit square"
    returned = "(centers, radii, width)" if problem.free_width else "(centers, radii)"
    return f"""Place {problem.n} circles in {box}, none overlapping, so that the sum of their radii is
as large as possible.

Write `pack(n, budget, rng) -> {returned}`: centers float64[n, 2], radii float64[n]. Use only randomness from `rng`
(a numpy Generator) and bound the work by counts, not by clocks, so that results repeat; `budget.cpu_s` is the CPU
ceiling. A fourth parameter `emit(centers, radii)` may be taken to report progress: if the ceiling strikes, the last
report counts.

The score is certified in exact arithmetic: the worst overlap or wall violation is subtracted from every radius, and
what is left is summed and rounded down. Overlaps therefore cost, and no tolerance can be gained from.
The box is [0, width] x [0, 2 - width]."""


def _backend(name: str, problem: Problem) -> Backend:
    libraries = {"numpy": (), "torch": ("torch",), "jax": ("jax",)}[name]
    return Backend(
        seeds={"grid": {ENTRY: seed_source(free_width=problem.free_width)}},
        entry=ENTRY,
        blocks=blocks(name),
        harness=HARNESS,
        libraries=("numpy", "scipy", *libraries),
        extra="circle_packing" if name == "numpy" else f"circle_packing,{name}",
    )


def configure(config: Config) -> Domain:
    """The domain for ``config``; UsageError if the problem is unknown or the ceiling is not a positive number."""
    problem = parse_problem(config.problem)
    if not 0.0 < config.cpu_seconds <= MAX_CPU_SECONDS:
        raise UsageError(
            f"[domain] cpu_seconds = {config.cpu_seconds!r} must be above 0 and at most {MAX_CPU_SECONDS:.0f}"
        )
    if not 1.0 <= config.wall_factor <= MAX_WALL_FACTOR:
        raise UsageError(f"[domain] wall_factor = {config.wall_factor!r} must be from 1 to {MAX_WALL_FACTOR:.0f}")
    cpu = float(config.cpu_seconds)
    known = KNOWN.get(problem.name)
    n = problem.n
    return Domain(
        name="circle_packing",
        title=f"Circle packing, {problem.name}: maximise the sum of radii",
        task_markdown=task(problem),
        call="pack",
        objective=Objective(
            name="sum of radii (certified)",
            unit="" if problem.free_width else "side lengths",
            known_bound=problem.known_bound,
            # Candidates are deterministic; 0 would make a different BLAS look like noise when a record is re-run.
            tolerance=1e-9,
        ),
        backends={name: _backend(name, problem) for name in ("numpy", "torch", "jax")},
        default_backend="numpy",
        rounds=40,
        target=known.target if known is not None else None,
        slots=SLOTS,
        stages=(Stage("explore", limits=Limits(wall_s=config.wall_factor * cpu + 20.0, cpu_s=cpu, memory_mb=1024)),),
        cognition=Path(__file__).parent / "cognition",
        features=(
            Feature("complexity", 500.0, 4000.0, 10),
            Feature("cpu", -2.0, 1.5, 7, reproducible=False),
            Feature("contacts", 0.0, 3.0 * n, 10),
        ),
        config=Config,
        published=PUBLISHED if problem.name == "square-26" else (),
        configure=configure,
        requires_core=">=0.1",
    )


#: Figures that others published for 26 circles in the unit square: LLM rounds, not certified by us, never in the
#: same table as measured ones.
PUBLISHED = (
    {"system": "AlphaEvolve", "rounds": "not given", "value": "2.6359", "source": "arXiv:2506.13131"},
    {"system": "OpenEvolve", "rounds": "460", "value": "2.6343", "source": "published example of the project"},
    {"system": "LoongFlow", "rounds": "not given", "value": "2.6360", "source": "published report"},
    {"system": "SkyDiscover", "rounds": "89", "value": "2.6360", "source": "published report"},
    {"system": "ASI-Evolve", "rounds": "17", "value": "2.6360", "source": "published report, best single run"},
)
