"""The settings of a run, as frozen dataclasses. Each field says here what it means, its bounds and its flag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from asi_evolve.records import Json


def _key(
    default: Any,
    doc: str,
    *,
    flag: str = "",
    choices: tuple[str, ...] = (),
    closed: bool = False,
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """A field with its documentation; ``closed`` refuses values outside ``choices`` (others are checked later)."""
    return field(
        default=default,
        metadata={"doc": doc, "flag": flag, "choices": choices, "closed": closed, "low": low, "high": high},
    )


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How long, how wide and from which seed."""

    rounds: int | None = _key(
        None, "Rounds to make; the seed is round 0 and not counted.", flag="--rounds", low=1, high=2**31 - 1
    )
    seed: int | None = _key(
        None, "Seed of all randomness; without one it is drawn and recorded.", flag="--seed", low=0, high=2**63 - 1
    )
    workers: int = _key(0, "Rounds in flight at once; 0 means one for each core.", flag="--workers", low=0, high=4096)
    backend: str | None = _key(
        None,
        "Array library that candidates are written in; the domain says which it has.",
        flag="--backend",
        choices=("numpy", "torch", "jax"),
    )
    stage: str | None = _key(None, "Last stage of the domain that candidates may be promoted to.", flag="--stage")
    target: float | None = _key(None, "Stop once a valid value reaches this.", flag="--target")
    ordered: bool = _key(False, "Make several workers reproducible: round i sees rounds <= i - W.", flag="--ordered")


@dataclass(frozen=True, slots=True)
class ProposerSettings:
    """What writes new candidates."""

    name: str = _key("grammar", "What writes candidates.", flag="--proposer", choices=("grammar", "random", "llm"))
    options: Mapping[str, Json] = field(default_factory=dict)
    """Every further key of ``[proposer]``."""


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """What chooses parents."""

    name: str = _key(
        "ucb1",
        "What chooses parents from past experiments.",
        flag="--sampler",
        choices=("ucb1", "greedy", "random", "map_elites", "islands", "top_k"),
    )
    options: Mapping[str, Json] = field(default_factory=dict)
    """Every further key of ``[sampler]``."""


@dataclass(frozen=True, slots=True)
class AnalyzerSettings:
    """The report on each experiment."""

    enabled: bool = _key(True, "Analyze each experiment and learn lessons.", flag="--no-analyzer")
    name: str = _key(
        "auto",
        "Who writes the reports: rules (measured facts only), llm (the same facts, and what the model of `llm` says of "
        "them); auto: llm where a model proposes, else rules.",
        flag="--analyzer",
        choices=("auto", "rules", "llm"),
        closed=True,
    )


@dataclass(frozen=True, slots=True)
class CognitionSettings:
    """The knowledge base."""

    enabled: bool = _key(True, "Show knowledge items to the proposer.", flag="--no-cognition")
    embedder: str = _key(
        "hashing",
        "What turns text into vectors for retrieval.",
        choices=("hashing", "sentence"),
    )
    k: int = _key(4, "Knowledge items retrieved for a round.", low=0, high=1000)


@dataclass(frozen=True, slots=True)
class ExecutorSettings:
    """Where candidates run."""

    name: str = _key("local", "Where candidates run.", flag="--executor", choices=("local",))
    gpus: int = _key(0, "Accelerators to use.", flag="--gpus", low=0, high=1024)
    slots_per_gpu: int = _key(1, "Candidates that share one accelerator.", low=1, high=1024)
    memory_mb: int = _key(0, "Ceiling in MiB for all running candidates together; 0 means none.", low=0)


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """How candidates are isolated."""

    tier: str = _key(
        "auto",
        "Isolation tier; auto takes the strongest that this machine offers.",
        flag="--sandbox",
        choices=("auto", "none", "A", "B", "C", "D", "E", "F"),
        closed=True,
    )
    trust: str = _key(
        "",
        "'mine' states that every candidate is your own code, which permits the weakest tiers.",
        flag="--trust",
        choices=("", "mine"),
        closed=True,
    )


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """What a run may spend. Empty means no ceiling."""

    wall_s: float | None = _key(None, "Wall seconds.", flag="--wall", low=0)
    cpu_hours: float | None = _key(None, "CPU hours of candidates.", flag="--cpu-hours", low=0)
    usd: float | None = _key(None, "US dollars for models.", flag="--budget-usd", low=0)
    tokens: int | None = _key(None, "Tokens of models, input and output together.", flag="--budget-tokens", low=0)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The language model that `llm` names, and what all models share. Prices are US dollars per million tokens."""

    max_tokens: int = _key(16_000, "Longest answer in tokens, thinking included.", low=256, high=128_000)
    base_url: str | None = _key(None, "Address of the API, for a local server or another host than the provider's.")
    key_variable: str | None = _key(
        None, "Environment variable that holds the key; without it the provider's usual one (ANTHROPIC_API_KEY, ...)."
    )
    structured: bool = _key(True, "Hold the model to the form of the answer where the provider can.")
    timeout_s: float = _key(900.0, "Seconds to wait for one answer.", low=1, high=7200)
    retries: int = _key(4, "Times that a failed request is made again (overload, timeout).", low=0, high=20)
    price_input: float | None = _key(None, "Price of tokens in; without prices a dated list is used.", low=0)
    price_output: float | None = _key(None, "Price of tokens out.", low=0)
    price_cache_read: float | None = _key(
        None, "Price of tokens read from the provider's cache; a tenth of price_input if unset.", low=0
    )
    price_cache_write: float | None = _key(
        None, "Price of tokens written to the provider's cache; 1.25 times price_input if unset.", low=0
    )
    prices: tuple[str, ...] = _key((), "Prices of further models, each PROVIDER:MODEL=INPUT/OUTPUT.")
    base_urls: tuple[str, ...] = _key(
        (), "Addresses for further models, each PROVIDER=ADDRESS or PROVIDER:MODEL=ADDRESS; base_url is the main one's."
    )


@dataclass(frozen=True, slots=True)
class NoveltySettings:
    """Whether a program repeats an earlier one in other words. Programs that are the same are refused in any case."""

    enabled: bool = _key(False, "Refuse programs that are near to an earlier one in their reason and in their code.")
    motivation: float = _key(0.9, "Cosine of two reasons from which on they count as the same.", low=-1, high=1)
    code: float = _key(0.98, "Cosine of two programs from which on they count as the same.", low=-1, high=1)
    k: int = _key(5, "Nearest experiments that are looked at.", low=1, high=50)
    model: bool = _key(False, "Let a model decide about what is near.")


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What is checked before a program is executed, beside the domain's own checks."""

    opinion: bool = _key(False, "Ask a model whether a program is worth executing, after the checks that compute.")


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """A model's grades in what selection uses. Values, and what counts as the best, stay measured."""

    enabled: bool = _key(False, "Ask a model to grade each valid program (see `roles.judge`).")
    form: str = _key(
        "sigmoid",
        "How value and grade are put together.",
        choices=("sigmoid", "linear"),
        closed=True,
    )
    weight: float = _key(0.33, "Weight of the grade; the measured value has the rest.", low=0, high=1)
    span: float = _key(0.1, "sigmoid: relative change of the value that counts in full.", low=1e-9, high=1e9)


@dataclass(frozen=True, slots=True)
class MixSettings:
    """Several models that write programs, in the place of the one of `llm`."""

    models: tuple[str, ...] = _key((), "Who writes programs, each PROVIDER:MODEL or PROVIDER:MODEL=WEIGHT.")
    policy: str = _key(
        "weighted",
        "How a round's model is chosen: weighted (by the weights), bandit (by gain for cost, in dollars or tokens).",
        choices=("weighted", "bandit"),
        closed=True,
    )
    discount: float = _key(0.98, "bandit: factor on what was learned, for each round.", low=0.5, high=1)
    explore: float = _key(0.5, "bandit: how much a model that was asked little is given the benefit.", low=0, high=10)


@dataclass(frozen=True, slots=True)
class RoleSettings:
    """Other models than `llm` for single questions, as PROVIDER:MODEL. On their own they start nothing."""

    mend: str | None = _key(None, "Asked again about an answer that cannot be used.")
    repair: str | None = _key(None, "Mends a program whose execution failed.")
    novelty: str | None = _key(None, "Says whether a program repeats an earlier one.")
    opinion: str | None = _key(None, "Gives its opinion of a program before it is executed.")
    judge: str | None = _key(None, "Grades complexity, efficiency and innovativeness.")
    analyze: str | None = _key(None, "Reports on an experiment.")
    synthesize: str | None = _key(None, "Sums up many experiments.")
    distill: str | None = _key(None, "Turns papers into knowledge items.")


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where experiments are kept."""

    db: str = _key("asievolve.duckdb", "Database file, relative to the working directory.", flag="--db")
    keep_outputs_kb: int = _key(256, "Returned data up to this many KiB is kept with every experiment.", low=0)


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """Cross-cutting plugins."""

    disable: tuple[str, ...] = _key((), "Cross-cutting plugins that are not loaded.", flag="-p no:NAME")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that configures a run."""

    plugin: str = _key("", "Domain: an installed name, a .py file or a module.", flag="--plugin")
    run: RunSettings = field(default_factory=RunSettings)
    proposer: ProposerSettings = field(default_factory=ProposerSettings)
    sampler: SamplerSettings = field(default_factory=SamplerSettings)
    analyzer: AnalyzerSettings = field(default_factory=AnalyzerSettings)
    cognition: CognitionSettings = field(default_factory=CognitionSettings)
    executor: ExecutorSettings = field(default_factory=ExecutorSettings)
    sandbox: SandboxSettings = field(default_factory=SandboxSettings)
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    novelty: NoveltySettings = field(default_factory=NoveltySettings)
    checks: CheckSettings = field(default_factory=CheckSettings)
    judge: JudgeSettings = field(default_factory=JudgeSettings)
    mix: MixSettings = field(default_factory=MixSettings)
    roles: RoleSettings = field(default_factory=RoleSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    llm: str | None = _key(
        None,
        "Model for the llm proposer and the llm analyzer, as PROVIDER:MODEL (anthropic, openai, mock, replay, or a "
        "plugin's); without it the default of anthropic. On its own it starts nothing.",
        flag="--llm",
    )
    plugins: PluginSettings = field(default_factory=PluginSettings)
    domain: Mapping[str, Json] = field(default_factory=dict)
    """The domain's own keys, checked by :func:`asi_evolve.config.domain_config`."""


#: Table name -> its dataclass, in the order of the documentation.
TABLES: Mapping[str, type] = {
    "run": RunSettings,
    "proposer": ProposerSettings,
    "sampler": SamplerSettings,
    "analyzer": AnalyzerSettings,
    "cognition": CognitionSettings,
    "executor": ExecutorSettings,
    "sandbox": SandboxSettings,
    "budget": BudgetSettings,
    "model": ModelSettings,
    "novelty": NoveltySettings,
    "checks": CheckSettings,
    "judge": JudgeSettings,
    "mix": MixSettings,
    "roles": RoleSettings,
    "store": StoreSettings,
    "plugins": PluginSettings,
}

#: Tables that take keys of their own beside the listed ones.
OPEN_TABLES: tuple[str, ...] = ("proposer", "sampler", "domain")
