"""The domain's declaration: task, slots, stages and checks for the settings under ``[domain]``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from asi_evolve import Backend, Domain, Feature, Limits, Objective, PromotionRule, Stage, UsageError

from asi_evolve_arch_search.checks import checks
from asi_evolve_arch_search.data import Plan, read_text
from asi_evolve_arch_search.programs import ENTRY, KNOWN, SLOTS, assemble, blocks
from asi_evolve_arch_search.tasks import RECALL

HARNESS = "asi_evolve_arch_search.harness:run"
KERNELS = "asi_evolve_arch_search.kernels"
#: Where a run starts from; the others of ``KNOWN`` are one or two exchanges away.
SEEDS = ("deltanet", "gated_deltanet", "mamba2")
#: The model of both stages. Heads of 32 channels.
SHAPE = {"d_model": 64, "layers": 2, "heads": 2, "parameters": 96_000}

TASK = """Write a layer that mixes a sequence, `class Mixer(nn.Module)` with `Mixer(d_model, heads)` and
`forward(x: float32[batch, time, d_model])` of the same shape, to take the place of attention in a small language model.

Row t may depend on rows 0 to t only, for every length and batch; work must grow in proportion to the length; batch
entries are independent; training and evaluation mode compute the same; every parameter has an effect.

Two models of 96,000 parameters are trained around it, each with two layers of 64 channels: one to recall values by
their keys (multi-query associative recall), one to predict the next byte of text. A mixer with more parameters gets a
narrower feed-forward layer. The value is the mean of the share of values recalled and of 1 - bits per byte / 8, on
sequences whose answers the program never sees. Each choice of batches and initial weights is the same for all.

`from asi_evolve_arch_search.kernels import chunkwise, causal_conv`: `chunkwise(q, k, v, log_decay=None, beta=None,
chunk=32) -> (out, state)` on [B, T, H, K] is linear attention, with `log_decay` [B, T, H] or [B, T, H, K] gated, with
`beta` [B, T, H] the delta rule (keys of length 1). `causal_conv(x [B, T, D], taps [D, W])`."""


@dataclass(frozen=True, slots=True)
class Config:
    """Keys under ``[domain]``."""

    recall_task: str = "mqar"
    """``mqar``, ``selective_copy`` or ``induction``."""
    text: str = ""
    """Path of a text file to learn bytes from; its last tenth is held out. Empty: text of a made-up language."""
    quick_steps: int = field(default=120, metadata={"low": 2, "high": 100_000})
    """Training steps of the first stage, recall; text takes half as many."""
    steps: int = field(default=400, metadata={"low": 2, "high": 100_000})
    """Training steps of the stage ``laptop``, recall; text takes half as many."""
    seeds: int = field(default=3, metadata={"low": 1, "high": 30})
    """Replicates of the stage ``laptop``."""
    data_seed: int = field(default=0, metadata={"low": 0, "high": 1_000_000})
    """Another number gives other data and other initial weights: confirm a result with one that no run has used."""


def plans(config: Config) -> dict[str, Plan]:
    """Stage -> what it trains on and asks."""
    return {
        "quick": Plan(
            config.quick_steps,
            max(1, config.quick_steps // 2),
            recall_length=24,
            recall_items=(1, 2, 4),
            recall_asked=128,
            text_batch=8,
            text_asked=256,
        ),
        "laptop": Plan(config.steps, max(1, config.steps // 2), recall_asked=128, text_asked=512),
    }


def _limits(plan: Plan) -> Limits:
    # Ceilings, far above what the slowest block needs: a busy machine must not turn into a verdict.
    cpu = 60.0 + 2.0 * plan.recall_steps
    return Limits(wall_s=60.0 + 8.0 * cpu, cpu_s=cpu, memory_mb=3072, output_mb=32)


def configure(config: Config) -> Domain:
    """The domain for ``config``.

    Raises:
        UsageError: If the recall task is unknown or the text cannot be used.
    """
    if config.recall_task not in RECALL:
        raise UsageError(f"[domain] recall_task = {config.recall_task!r} is none of {', '.join(RECALL)}")
    if config.text:
        read_text(config.text)
    made = plans(config)
    deltanet = {ENTRY: assemble(KNOWN["deltanet"])}
    backend = Backend(
        seeds={name: {ENTRY: assemble(KNOWN[name])} for name in SEEDS},
        entry=ENTRY,
        baselines={"deltanet": deltanet},
        blocks=blocks(),
        harness=HARNESS,
        libraries=("numpy", "torch", KERNELS),
        extra="arch_search",
    )
    return Domain(
        name="arch_search",
        title="Sequence mixers: recall and text in small language models",
        task_markdown=TASK,
        call="Mixer",
        objective=Objective(name="mean of recall and compression", noisy=True, tolerance=1e-6),
        backends={"torch": backend},
        default_backend="torch",
        rounds=10,
        slots=SLOTS,
        protected=("Mixer",),
        stages=(
            Stage("quick", _limits(made["quick"]), (1,), PromotionRule(1, test="none", top=0.3)),
            Stage("laptop", _limits(made["laptop"]), tuple(range(101, 101 + config.seeds))),
        ),
        checks=checks(SHAPE),
        cognition=Path(__file__).parent / "cognition",
        features=(
            Feature("complexity", 400.0, 1600.0, 8),
            Feature("mixer_parameters", 10_000.0, 40_000.0, 8),
        ),
        config=Config,
        configure=configure,
        requires_core=">=0.1",
    )
