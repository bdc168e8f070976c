"""The domain's declaration: task, slots, blocks, stages, checks and features."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from asi_evolve import Backend, Domain, Feature, Limits, Objective, PromotionRule, Stage

from asi_evolve_grpo_variants.checks import CHECKS
from asi_evolve_grpo_variants.programs import ENTRY, OBJECTIVES, SLOTS, blocks, objective

BACKENDS = ("torch",)

TASK = """Write the objective by which a small language model is trained with rewards that a program verifies. For each
prompt a group of answers is sampled and graded from 0 to 1; the trainer takes several gradient steps on each sample,
so the policy moves away from the one that sampled. The functions of the file turn rewards and log-probabilities into
one loss; everything else (model, optimiser, learning rate, sampling) is fixed.

Shapes: P prompts, G answers each, T tokens at most. `mask` is 1.0 where a token belongs to the answer. `logp` carries
the gradient; `logp_old` is of the policy that sampled, `logp_ref` of the one that training began with.

The policy that comes out is measured elsewhere, on fresh prompts, as the share of sampled answers that are wholly
right: the mean over three checkpoints of the training, so that fast and stable learning both count. Regimes differ: few
updates with a large step, many updates on one sample, wrong rewards among the right ones. An objective has to serve
all of them, and tasks that it has not seen."""


@dataclass(frozen=True, slots=True)
class Config:
    """Keys under ``[domain]``."""

    samples: int = field(default=2048, metadata={"low": 64, "high": 65536})
    """Answers that each checkpoint is evaluated on."""
    repeats: int = field(default=1, metadata={"low": 1, "high": 32})
    """Trainings of each of the three regimes of the laptop stage, each with a seed of its own."""
    zoo: bool = False
    """Measure all published objectives first, as baselines."""
    confirm: bool = False
    """A second stage for candidates that beat GRPO in each training of the first: six trainings on tasks and seeds that
    the search has not seen."""
    key: str = ""
    """Decides the prompts of the evaluation. Empty: a secret key of this installation; give one to get the same figures
    on another machine. A candidate that knows the key could prepare for the prompts."""


def _backend(name: str, config: Config) -> Backend:
    # GRPO is the seed already; the paired test of the promotion needs it as a baseline too.
    baselines = tuple(OBJECTIVES) if config.zoo else ("grpo",) if config.confirm else ()
    return Backend(
        seeds={"grpo": {ENTRY: objective("grpo", name)}},
        entry=ENTRY,
        baselines={f"{one}": {ENTRY: objective(one, name)} for one in baselines},
        blocks=blocks(name),
        harness=f"asi_evolve_grpo_variants.harness_{name}:run",
        libraries=("numpy", "torch") if name == "torch" else ("numpy", "jax"),
        extra="grpo_variants" if name == "torch" else f"grpo_variants,{name}",
    )


def configure(config: Config) -> Domain:
    """The domain for ``config``."""
    laptop = Limits(wall_s=600.0, cpu_s=90.0, memory_mb=2048)
    search = Stage(
        "laptop",
        limits=laptop,
        replicate_seeds=tuple(range(101, 101 + 3 * config.repeats)),
        # With three pairs the least p of the sign-flip test is 1/8: better in each.
        promote=PromotionRule(test="paired", level=0.8, top=0.34),
    )
    return Domain(
        name="grpo_variants",
        title="Policy-gradient objectives against GRPO, on small tasks with verifiable rewards",
        task_markdown=TASK,
        call="surrogate",
        objective=Objective(name="success over training", noisy=True, tolerance=1e-9),
        backends={name: _backend(name, config) for name in BACKENDS},
        default_backend="torch",
        rounds=20,
        slots=SLOTS,
        stages=(search, Stage("confirm", limits=laptop, replicate_seeds=tuple(range(901, 907))))
        if config.confirm
        else (search,),
        checks=CHECKS,
        cognition=Path(__file__).parent / "cognition",
        features=(Feature("drift", 0.0, 3.0, 8), Feature("entropy", 0.0, 1.5, 8)),
        config=Config,
        configure=configure,
        requires_core=">=0.1",
    )
