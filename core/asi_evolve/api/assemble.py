"""From settings to the parts of a run. Everything that can be wrong is found here, before anything is written."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from asi_evolve.analysis import RuleAnalyzer
from asi_evolve.api.accelerators import accelerators
from asi_evolve.api.environment import usable_cpus
from asi_evolve.api.models import ChosenModels, analyst, choose_models, estimate, uses_model
from asi_evolve.cognition import KnowledgeBase, load_items, make_embedder
from asi_evolve.config import Resolved, Settings, domain_config, to_json
from asi_evolve.context import AnalyzerService
from asi_evolve.defaults import Defaults
from asi_evolve.domain import Domain
from asi_evolve.errors import ConfigError, MissingExtraError, UsageError, did_you_mean, install_hint
from asi_evolve.executors import Executor, LocalExecutor
from asi_evolve.llm.builtin import Models
from asi_evolve.plugins import Plugins, available_domains, load_plugins
from asi_evolve.proposers.grammar import GrammarProposer, UniformProposer, with_implied_slots
from asi_evolve.proposers.llm import LlmProposer
from asi_evolve.proposers.own import OwnProposer
from asi_evolve.proposers.protocol import Proposer
from asi_evolve.records import CognitionItem, Json
from asi_evolve.sampling import make_sampler
from asi_evolve.sampling.protocol import Sampler
from asi_evolve.sandbox import resolve_tier

#: Proposers of this version. A domain that proposes by itself implements the ``propose`` hook.
PROPOSERS = ("grammar", "random", "llm")
#: Proposers that only assemble blocks which ship with an installed plugin (see the rule for newcomers, sandbox.md).
_ASSEMBLED_ONLY = ("grammar", "random")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run is made of, checked and ready; nothing is started yet."""

    settings: Settings
    """With the domain's defaults filled in."""
    plugins: Plugins
    domain: Domain
    config: Any
    backend: str
    stage: str
    tier: str
    workers: int
    rounds: int
    target: float | None
    sampler: Sampler
    proposer: Proposer
    analyzer: AnalyzerService | None
    items: tuple[CognitionItem, ...]
    embedder: Any
    model: ChosenModels | None = None
    """The language models of the run; None for a run without one."""

    def knowledge(self, more: list[CognitionItem]) -> KnowledgeBase | None:
        """The knowledge base of the domain's items and those that were added to the database."""
        if not self.settings.cognition.enabled:
            return None
        known = {item.item_id for item in self.items}
        return KnowledgeBase((*self.items, *(item for item in more if item.item_id not in known)), self.embedder)

    def executor(self) -> Executor:
        """Start the executor."""
        settings = self.settings.executor
        if settings.name == "local":
            return LocalExecutor(
                self.domain,
                self.backend,
                tier=self.tier,
                workers=self.workers,
                gpus=settings.gpus,
                slots_per_gpu=settings.slots_per_gpu,
                memory_mb=settings.memory_mb,
            )
        made: Executor = self.plugins.executors[settings.name](self.settings, self.domain)
        return made


def assemble(
    settings: Settings, origins: Mapping[str, str] | None = None, *, with_model: bool = True, written: bool = False
) -> Parts:
    """Load, fill in and check.

    Args:
        settings: Of the run.
        origins: Where each came from, for messages.
        with_model: False where no model will be asked: none is needed then, and no key.
        written: Whether programs that a model or a person wrote are among the parents, so that what the run makes is
            not only put together from blocks that ship with a plugin.

    Raises:
        UsageError: For the first thing that is wrong, in one line that names the option and the mend.
    """
    if not settings.plugin:
        installed = ", ".join(entry.name for entry in available_domains()) or "none"
        raise UsageError(f"no plugin was named; give one with --plugin NAME (installed: {installed})")
    plugins = _plugins(settings)
    config = domain_config(plugins.domain, settings.domain, origins)
    plugins = plugins.with_domain(config)
    domain = plugins.domain
    backend = _backend(settings, domain)
    stage = _stage(settings, domain)
    sampler = make_sampler(settings.sampler.name, settings.sampler.options, domain, plugins.samplers)
    grammar = _grammar(settings, plugins, domain, backend)
    proposer = _proposer(settings, grammar, domain, backend)
    if settings.executor.name != "local" and settings.executor.name not in plugins.executors:
        known = ["local", *plugins.executors]
        raise ConfigError(
            f"--executor: there is no executor {settings.executor.name!r}"
            f"{did_you_mean(settings.executor.name, known)}; there is {', '.join(known)}"
        )
    _check_gpus(settings)
    tier = resolve_tier(settings.sandbox.tier, assembled_only=_assembled_only(settings, plugins, written))
    # Last of what can be wrong: it may import an SDK, which takes a second.
    model = choose_models(settings, plugins) if uses_model(settings) and with_model else None
    if model is not None and isinstance(proposer, LlmProposer):
        proposer.mix = model.policy()
    items = load_items(domain.cognition) if domain.cognition is not None else ()
    run = settings.run
    rounds = run.rounds if run.rounds is not None else domain.rounds
    workers = run.workers or usable_cpus()
    target = run.target if run.target is not None else domain.target
    filled = replace(
        model.fill(settings) if model is not None else settings,
        run=replace(run, rounds=rounds, workers=workers, backend=backend, stage=stage, target=target),
    )
    return Parts(
        settings=filled,
        plugins=plugins,
        domain=domain,
        config=config,
        backend=backend,
        stage=stage,
        tier=tier,
        workers=workers,
        rounds=rounds,
        target=target,
        sampler=sampler,
        proposer=proposer,
        analyzer=RuleAnalyzer(grammar or domain, backend) if settings.analyzer.enabled else None,
        items=items,
        embedder=make_embedder(settings.cognition.embedder, {}, plugins.embedders)
        if settings.cognition.enabled or settings.novelty.enabled
        else None,
        model=model,
    )


def models_of(settings: Settings) -> ChosenModels | None:
    """The models that a run with these settings would ask, None for none; nobody is asked.

    Raises:
        UsageError: If one of them cannot be had.
    """
    return choose_models(settings, _plugins(settings)) if uses_model(settings) else None


def _plugins(settings: Settings) -> Plugins:
    return load_plugins(
        settings.plugin,
        builtins=[("asi_evolve.defaults", Defaults()), ("asi_evolve.llm", Models())],
        disabled=settings.plugins.disable,
    )


def plan(resolved: Resolved) -> dict[str, Json]:
    """What a run with these settings would do; nothing is started or written."""
    parts = assemble(resolved.settings, resolved.origins)
    limits = next(stage for stage in parts.domain.stages if stage.name == parts.stage).limits
    return {
        "plugin": parts.plugins.name,
        "version": parts.plugins.version,
        "title": parts.domain.title,
        "objective": parts.domain.objective.name,
        "backend": parts.backend,
        "stages": [stage.name for stage in parts.domain.stages],
        "last_stage": parts.stage,
        "rounds": parts.rounds,
        "target": parts.target,
        "workers": parts.workers,
        "proposer": parts.settings.proposer.name,
        "sampler": parts.settings.sampler.name,
        "cognition_items": len(parts.items) if parts.settings.cognition.enabled else 0,
        "embedder": parts.embedder.name if parts.embedder is not None else None,
        "analyzer": analyst(parts.settings) or None,
        "tier": parts.tier,
        "cpu_seconds_per_candidate_at_most": limits.cpu_s,
        "cpu_hours_at_most": parts.rounds * limits.cpu_s / 3600,
        **(estimate(parts.model, parts.proposer, parts.rounds) if parts.model is not None else {}),
        "database": str(parts.settings.store.db),
        "settings": to_json(parts.settings),
    }


def _check_gpus(settings: Settings) -> None:
    """Refuse more accelerators than there are; another executor than ours may have them elsewhere."""
    wanted = settings.executor.gpus
    if not wanted or settings.executor.name != "local":
        return
    there = accelerators()
    if wanted > there.count:
        have = f"only {there.count}" if there.count else "no accelerator"
        mend = f"give at most {there.count}" if there.count else "leave it out"
        raise UsageError(f"--gpus {wanted}: this machine has {have}: {there.text}; {mend}")


def _backend(settings: Settings, domain: Domain) -> str:
    name = settings.run.backend or domain.default_backend
    if name not in domain.backends:
        have = ", ".join(domain.backends)
        raise ConfigError(f"--backend: domain {domain.name!r} has no backend {name!r}; it has {have}")
    backend = domain.backends[name]
    for library in backend.libraries:
        if importlib.util.find_spec(library.partition(".")[0]) is None:
            extra = backend.extra or domain.name
            raise MissingExtraError(
                f"backend {name!r} of domain {domain.name!r} needs {library}, which is not installed: "
                f"{install_hint(extra)}"
            )
    return name


def _stage(settings: Settings, domain: Domain) -> str:
    names = [stage.name for stage in domain.stages]
    name = settings.run.stage or names[-1]
    if name not in names:
        raise ConfigError(
            f"--stage: domain {domain.name!r} has no stage {name!r}{did_you_mean(name, names)}; "
            f"it has {', '.join(names)}"
        )
    return name


def _grammar(settings: Settings, plugins: Plugins, domain: Domain, backend: str) -> Domain | None:
    """The domain with the slots that its seeds imply; None for one that writes its own candidates and has none."""
    try:
        return with_implied_slots(domain, backend)
    except ConfigError:
        if settings.proposer.name == "llm" or (_proposes_itself(plugins) and settings.proposer.name == "grammar"):
            return None
        raise


def _proposes_itself(plugins: Plugins) -> bool:
    """Whether a plugin implements ``propose``; one implementation is the core's default."""
    return len(plugins.hook.propose.get_hookimpls()) > 1


def _proposer(settings: Settings, grammar: Domain | None, domain: Domain, backend: str) -> Proposer:
    name = settings.proposer.name
    options: Mapping[str, Json] = settings.proposer.options
    if name == "llm":
        return LlmProposer(domain, backend, options, max_tokens=settings.model.max_tokens)
    if grammar is None:
        return OwnProposer()
    domain = grammar
    if name == "random":
        if options:
            raise ConfigError(f"[proposer] {next(iter(options))}: the random proposer has no options")
        return UniformProposer(domain, backend)
    if name == "grammar":
        learn = bool(options.get("learn", True))
        rest = {key: value for key, value in options.items() if key != "learn"}
        return GrammarProposer(domain, backend, rest, learn=learn, use_cognition=settings.cognition.enabled)
    raise ConfigError(
        f"--proposer: there is no proposer {name!r}{did_you_mean(name, PROPOSERS)}; there is {', '.join(PROPOSERS)}"
    )


def _assembled_only(settings: Settings, plugins: Plugins, written: bool) -> bool:
    """Whether every candidate is put together from blocks that ship with an installed plugin."""
    if settings.sandbox.trust == "mine":
        return True
    assembled = settings.proposer.name in _ASSEMBLED_ONLY and not _proposes_itself(plugins) and not written
    return assembled and bool(plugins.distribution)
