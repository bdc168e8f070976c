"""What rounds share, out of the parts of a run: used to make one, and to make one again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal

from asi_evolve.analysis import Reviewer
from asi_evolve.analysis.judge import Composite, Judge
from asi_evolve.api.assemble import Parts
from asi_evolve.api.models import analyst
from asi_evolve.checks.duplicates import DuplicateIndex
from asi_evolve.checks.nearest import Nearest
from asi_evolve.checks.novelty import NearNovelty, NoNovelty, NoveltyJudge, Thresholds
from asi_evolve.checks.opinion import Opinion
from asi_evolve.cognition import KnowledgeBase
from asi_evolve.context import RunContext
from asi_evolve.executors import Executor, ScorerPool, ScorerSetup
from asi_evolve.llm import ModelService
from asi_evolve.loop import Evaluator, RoundServices, RunMemory
from asi_evolve.proposers.llm import AgentProposer, LlmProposer
from asi_evolve.proposers.protocol import Proposer
from asi_evolve.records import Experiment


def scorer_pool(parts: Parts, run_id: str) -> ScorerPool:
    """The trusted scorer processes of a run; started on first use."""
    setup = ScorerSetup(
        run_id=run_id,
        reference=parts.plugins.reference,
        backend=parts.backend,
        domain=parts.settings.domain,
        disabled=tuple(parts.settings.plugins.disable),
    )
    return ScorerPool(setup, size=min(parts.workers, 4))


def round_services(
    parts: Parts,
    run_id: str,
    seed: int,
    memory: RunMemory,
    knowledge: KnowledgeBase | None,
    executor: Executor,
    scorer: ScorerPool,
    duplicates: DuplicateIndex,
    *,
    spend: Callable[[float], None],
    stopped: Callable[[], bool],
    llm: Any = None,
) -> RoundServices:
    """Put them together.

    Args:
        parts: The parts of the run.
        run_id, seed: Of the run.
        memory: Its history and states.
        knowledge: The knowledge base, or None for a run without.
        executor, scorer: Where candidates run and are scored.
        duplicates: The programs so far.
        spend: Told the CPU seconds of each execution.
        stopped: Whether the run was told to stop now.
        llm: The model service, where one is used.
    """
    context = RunContext(
        run_id=run_id,
        domain=parts.domain,
        config=parts.config,
        backend=parts.backend,
        llm=llm,
        cognition=knowledge,
        history=memory.history,
        executor=executor,
        proposer=None,
        analyzer=parts.analyzer,
        lessons=memory.lessons,
    )
    evaluator = Evaluator(
        parts.plugins.hook,
        parts.domain,
        scorer,
        run_seed=seed,
        last_stage=parts.stage,
        spend=spend,
        stopped=stopped,
        stage_values=memory.ladder.values,
    )
    lock = threading.RLock()
    if llm is not None and isinstance(parts.proposer, LlmProposer):
        parts.proposer.connect(llm, _locked(lock, memory.load))
    reviewer = None
    if llm is not None and analyst(parts.settings) == "llm" and not _analyzes_itself(parts):
        reviewer = Reviewer(parts.domain, parts.backend, llm, max_tokens=parts.settings.model.max_tokens)
    asked_most = parts.settings.model.max_tokens
    opinion = (
        Opinion(parts.domain, llm, max_tokens=asked_most) if llm is not None and parts.settings.checks.opinion else None
    )
    return RoundServices(
        run_id=run_id,
        seed=seed,
        domain=parts.domain,
        backend=parts.backend,
        hook=parts.plugins.hook,
        context=context,
        proposer=parts.proposer,
        evaluator=evaluator,
        duplicates=duplicates,
        novelty=_novelty(parts, memory, lock, llm),
        opinion=opinion,
        judge=_judge(parts, llm),
        lock=lock,
        history=memory.history,
        load=memory.load,
        cognition_k=parts.settings.cognition.k if knowledge is not None else 0,
        reviewer=reviewer,
        **_tries(parts.proposer),
    )


def _judge(parts: Parts, llm: Any) -> Judge | None:
    settings = parts.settings.judge
    if not settings.enabled:
        return None
    form: Literal["sigmoid", "linear"] = "linear" if settings.form == "linear" else "sigmoid"
    reference = next(iter(parts.domain.backends[parts.backend].seeds.values()))
    composite = Composite(form, settings.weight, settings.span)
    return Judge(parts.domain, reference, llm, composite, max_tokens=parts.settings.model.max_tokens)


def _novelty(parts: Parts, memory: RunMemory, lock: threading.RLock, llm: Any) -> NoveltyJudge:
    settings = parts.settings.novelty
    if not settings.enabled:
        return NoNovelty()
    read = _locked(lock, memory.load)
    return NearNovelty(
        Nearest(parts.embedder, lambda index: memory.load(memory.history.id_of(index)).candidate, lock),
        Thresholds(settings.motivation, settings.code, settings.k),
        lambda experiment_id: read(experiment_id).candidate,
        llm if settings.model else None,
        max_tokens=parts.settings.model.max_tokens,
    )


def _analyzes_itself(parts: Parts) -> bool:
    """Whether a plugin's ``analyze`` takes the place of ours; a wrapper changes what ours gives."""
    hooks = parts.plugins.hook.analyze.get_hookimpls()
    return len([hook for hook in hooks if not (hook.wrapper or hook.hookwrapper)]) > 1


def guests(
    parts: Parts, authors: Mapping[str, str], model: ModelService, services: RoundServices
) -> dict[str, Proposer]:
    """Who makes the rounds that were handed in: the researcher, with ``model`` holding the authors' answers.

    Args:
        parts: The parts of the run.
        authors: Experiment id -> name of its author.
        model: Who is asked.
        services: Of the run.
    """
    researcher = researcher_of(parts)
    researcher.connect(model, _locked(services.lock, services.load))
    proposer = AgentProposer(researcher, authors)
    return dict.fromkeys(authors, proposer)


def researcher_of(parts: Parts) -> LlmProposer:
    """The researcher as the run's settings have it, or with its defaults where the run has another proposer."""
    settings = parts.settings
    options = settings.proposer.options if settings.proposer.name == "llm" else {}
    return LlmProposer(parts.domain, parts.backend, options, max_tokens=settings.model.max_tokens)


def _tries(proposer: Proposer) -> dict[str, Any]:
    """How often a proposer may be asked again, where it says so."""
    if not isinstance(proposer, LlmProposer):
        return {}
    return {"attempts": proposer.options.attempts, "debug_attempts": proposer.options.debug_attempts}


def _locked(lock: threading.RLock, load: Callable[[str], Experiment]) -> Callable[[str], Experiment]:
    def read(experiment_id: str) -> Experiment:
        with lock:
            return load(experiment_id)

    return read
