"""What is evolved: slots, building blocks, stages, knowledge."""

from dataclasses import dataclass, field
from pathlib import Path

from asi_evolve import Backend, Domain, Feature, Limits, Objective, PromotionRule, Slot, Stage

from asi_evolve_denoise.programs import baseline_source, read_blocks, seed_source

TASK = """\
Take the noise out of signals. `denoise(signal)` gets float64[256] and returns float64[256]. The signals are smooth
waves with a few steps; the noise is Gaussian, and some values are far off.
The score is how many decibels the mean squared error falls below that of the noisy signal.
"""


@dataclass(frozen=True)
class Config:
    """Keys under ``[domain]``; each has a default."""

    noise: float = field(default=0.3, metadata={"low": 0.01, "high": 2.0})
    """Standard deviation of the noise. The waves have amplitudes near 1."""
    signals: int = field(default=8, metadata={"low": 1, "high": 1000})
    """Signals in one replicate."""


SLOTS = (
    Slot(
        "noise_level",
        kind="function",
        signature="(signal float64[n]) -> float",
        doc="Estimates the standard deviation of the noise.",
    ),
    Slot(
        "STEPS",
        kind="sequence",
        signature="(signal float64[n], level: float) -> float64[n]",
        doc="Filters, applied one after the other.",
    ),
)

LIMITS = Limits(cpu_s=5.0, wall_s=30.0, memory_mb=512)

STAGES = (
    # Five seeds: a paired comparison at 95% needs at least five pairs (see docs/adr/0007).
    Stage("explore", LIMITS, (0, 1, 2, 3, 4), PromotionRule(5, test="paired", level=0.95, top=0.25)),
    Stage("verify", LIMITS, tuple(range(100, 110))),
)


def make_domain() -> Domain:
    return Domain(
        name="denoise",
        title="Denoising of signals",
        task_markdown=TASK,
        call="denoise",
        objective=Objective("noise reduction", unit="dB", noisy=True, tolerance=1e-9),
        backends={
            "numpy": Backend(
                seeds={"average": {"candidate.py": seed_source()}},
                baselines={"average_of_five": {"candidate.py": baseline_source()}},
                blocks=read_blocks(),
                harness="asi_evolve_denoise.harness:run",
                libraries=("numpy",),
            )
        },
        slots=SLOTS,
        stages=STAGES,
        features=(Feature("roughness", -2.0, 1.0, 6),),
        cognition=Path(__file__).parent / "cognition",
        config=Config,
        rounds=20,
        requires_core=">=0.1",
    )
