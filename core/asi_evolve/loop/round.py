"""One round, from top to bottom: sample, recall, propose, check, execute, score, promote, analyze, record.

``sample`` and ``record`` touch what all rounds share and are done by the driver under the run's lock
(:meth:`RunMemory.begin` and :meth:`RunMemory.integrate`). Everything between is here, as :func:`prepare`,
:func:`measure`, :func:`review` and :func:`analyze`, and works on the ticket that the round was given, so W rounds run
side by side.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from asi_evolve.analysis import Review, Reviewed, Reviewer, RuleAnalyzer, companions
from asi_evolve.analysis.judge import OF_SEED, Judge
from asi_evolve.budget import BudgetReached
from asi_evolve.checks.duplicates import DuplicateIndex
from asi_evolve.checks.executed import run_checks
from asi_evolve.checks.novelty import NoveltyJudge
from asi_evolve.checks.opinion import Opinion
from asi_evolve.checks.static import check_program, required_call
from asi_evolve.context import CognitionService, RunContext
from asi_evolve.domain import Domain
from asi_evolve.errors import AsiEvolveError, ModelUnavailableError, ProposalError
from asi_evolve.history import History
from asi_evolve.llm import ModelRouter
from asi_evolve.loop.evaluate import Evaluator, Measured, Stopped
from asi_evolve.loop.lessons import FrozenLessons
from asi_evolve.loop.memory import Ticket
from asi_evolve.loop.randomness import round_rng, round_seed
from asi_evolve.proposers.protocol import Proposer
from asi_evolve.records import (
    Analysis,
    Attempt,
    Candidate,
    CognitionItem,
    Execution,
    Experiment,
    Job,
    Origin,
    Proposal,
    ProposalRequest,
    Used,
    Verdict,
)
from asi_evolve.source.normalise import program_hash

#: Lessons shown to a proposer.
_SHOWN_LESSONS = 12


@dataclass(frozen=True, slots=True)
class BoundProposer:
    """The configured proposer with the state that the round was given."""

    proposer: Proposer
    state: dict[str, Any]

    def propose(self, request: ProposalRequest) -> Proposal:
        """One proposal."""
        return self.proposer.propose(self.state, request)


@dataclass(slots=True)
class RoundServices:
    """What rounds share. Everything in it is thread-safe or guarded by ``lock``."""

    run_id: str
    seed: int
    domain: Domain
    backend: str
    hook: Any
    context: RunContext
    proposer: Proposer
    evaluator: Evaluator
    duplicates: DuplicateIndex
    novelty: NoveltyJudge
    lock: threading.RLock
    history: History
    load: Callable[[str], Experiment]
    cognition_k: int
    judge: Judge | None = None
    """Grades what was measured; None where selection uses values alone."""
    opinion: Opinion | None = None
    """Asks a model for its opinion of each program before it is executed."""
    reviewer: Reviewer | None = None
    """Asks a model for its report on each experiment; None where the rules report alone."""
    attempts: int = 4
    """Proposals that are asked for in one round before it is given up as rejected."""
    debug_attempts: int = 0
    """Repairs that a proposer may try after a failed execution."""
    guests: Mapping[str, Proposer] = field(default_factory=dict)
    """Experiment id -> who makes its program in the place of the run's proposer. A guest is asked once."""


@dataclass(frozen=True, slots=True)
class _Checked:
    candidate: Candidate
    proposal: Proposal | None
    verdicts: tuple[Verdict, ...]
    accepted: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A round with its program, ready to be measured."""

    ticket: Ticket
    request: ProposalRequest
    shown: tuple[Used, ...]
    context: RunContext
    checked: _Checked
    attempts: list[Attempt]


def prepare(services: RoundServices, ticket: Ticket) -> Prepared:
    """Recall, propose and check: from a ticket to a program. Never raises for what a proposer does."""
    request, shown = recall(services, ticket)
    context = replace(
        services.context,
        proposer=BoundProposer(services.proposer, dict(ticket.proposer_state)),
        lessons=ticket.lessons,
        rng=round_rng(services.seed, ticket.number, "check"),
    )
    attempts: list[Attempt] = []
    checked = propose(services, context, request, attempts)
    return Prepared(ticket, request, shown, context, checked, attempts)


def measure(services: RoundServices, prepared: Prepared) -> Experiment:
    """Execute, score and promote. Never raises for what a candidate or a scorer does: failures are experiments too.

    Raises:
        Stopped: If the run was told to stop now.
        DomainError: If the domain's ``inputs`` or ``execute`` breaks its contract.
    """
    ticket, context, attempts, checked = prepared.ticket, prepared.context, prepared.attempts, prepared.checked
    asked = checked.proposal is not None or any(verdict.check == "answer" for verdict in checked.verdicts)
    measured = Measured("rejected" if asked else "error", "", None, (), ())
    if checked.accepted:
        measured = services.evaluator.evaluate(context, checked.candidate, ranked=ticket.ranked)
        for _ in range(services.debug_attempts if ticket.experiment_id not in services.guests else 0):
            failure = measured.failure
            if failure is None or measured.scorer_failed:
                break
            repair = replace(prepared.request, mode="repair", failure=failure, draft=checked.candidate)
            try:
                mended = propose(services, context, repair, attempts)
            except BudgetReached:
                # What was measured is recorded; the run ends before its next round.
                break
            if not mended.accepted:
                break
            checked = mended
            measured = services.evaluator.evaluate(context, mended.candidate, ranked=ticket.ranked)
    measured = judge(services, prepared.request.parent, checked.candidate, measured)
    notes = dict(checked.proposal.notes) if checked.proposal is not None else {}
    if checked.accepted:
        notes["program_hash"] = program_hash(checked.candidate.files)
    # Closed after the last question of the round to a model that writes programs.
    spent = services.context.llm.spent(ticket.experiment_id) if isinstance(services.context.llm, ModelRouter) else []
    if spent:
        notes["models"] = spent
    return Experiment(
        experiment_id=ticket.experiment_id,
        run_id=services.run_id,
        round=ticket.number,
        candidate=checked.candidate,
        status=measured.status,
        stage=measured.stage,
        score=measured.score,
        executions=measured.executions,
        scores=measured.scores,
        verdicts=(*checked.verdicts, *measured.verdicts),
        attempts=tuple(attempts),
        shown=prepared.shown,
        notes=notes,
        sampler_data={**ticket.selection.data, "parent": ticket.selection.parent},
        created_at=now(),
        known=ticket.known,
    )


def judge(services: RoundServices, parent: Experiment | None, candidate: Candidate, measured: Measured) -> Measured:
    """Add a model's grades to what selection uses, where the run has a judge; values stay as they were measured.

    A seed is the anchor of the scale: it is graded by definition, and nobody is asked.
    """
    score = measured.score
    if services.judge is None or score is None or score.value is None or measured.status != "ok":
        return measured
    with services.lock:
        anchor = services.history.anchor()
    if candidate.origin in ("seed", "baseline"):
        known = anchor if anchor is not None else score.value
        return replace(measured, score=services.judge.graded(score, known, OF_SEED))
    assert anchor is not None, "a round has a valid seed before it"
    graded, verdict = services.judge.judge(candidate, score, anchor, parent, program_hash(candidate.files))
    return replace(measured, score=graded, verdicts=(*measured.verdicts, verdict))


def recall(services: RoundServices, ticket: Ticket) -> tuple[ProposalRequest, tuple[Used, ...]]:
    """Load parent and inspirations, and look up what is known that bears on the parent."""

    def load(experiment_id: str) -> Experiment:
        with services.lock:
            return services.load(experiment_id)

    return recalled(
        ticket, load, services.context.cognition, services.cognition_k, title=services.domain.title, seed=services.seed
    )


def recalled(
    ticket: Ticket,
    load: Callable[[str], Experiment],
    knowledge: CognitionService | None,
    k: int,
    *,
    title: str,
    seed: int,
) -> tuple[ProposalRequest, tuple[Used, ...]]:
    """What a round asks its proposer, and what it shows.

    Args:
        ticket: Of the round.
        load: Reads an experiment.
        knowledge: The knowledge base, or None for a run without.
        k: Items of it that are shown.
        title: Of the domain.
        seed: Of the run.
    """
    selection = ticket.selection
    parent = load(selection.parent) if selection.parent is not None else None
    inspirations = tuple(load(ref) for ref in selection.inspirations)
    cognition: tuple[CognitionItem, ...] = ()
    if knowledge is not None and k > 0:
        cognition = tuple(item for item, _ in knowledge.search(_query(title, parent), k))
    lessons = ticket.lessons.recall(_SHOWN_LESSONS) if parent is not None else ()
    request = ProposalRequest(
        round=ticket.number,
        experiment_id=ticket.experiment_id,
        parent=parent,
        inspirations=inspirations,
        cognition=cognition,
        lessons=lessons,
        mode="rewrite" if parent is None else "edit",
        rng_seed=round_seed(seed, ticket.number, "propose"),
        round_seed=round_seed(seed, ticket.number, "model"),
        known=ticket.known,
    )
    shown = (
        *(Used("cognition", item.item_id, "shown") for item in cognition),
        *(Used("experiment", ref, "shown") for ref in (selection.parent, *selection.inspirations) if ref),
        *(Used("lesson", lesson.lesson_id, "shown") for lesson in lessons if lesson.lesson_id),
    )
    return request, shown


def _query(title: str, parent: Experiment | None) -> str:
    """What to look up: the task, what limits the parent, and what its analysis said; in words only.

    Words with digits are left out: they are ids, which differ from run to run, and figures, some of which are
    measured times. What is retrieved shifts the odds of the next program, so it must repeat with the seed.
    """
    parts = [title]
    if parent is not None:
        if parent.score is not None:
            parts.append(parent.score.feedback)
        if parent.analysis is not None:
            parts += [parent.analysis.summary, *parent.analysis.tags]
    return " ".join(word for part in parts for word in part.split() if not any(c.isdigit() for c in word))


def propose(
    services: RoundServices, context: RunContext, request: ProposalRequest, attempts: list[Attempt]
) -> _Checked:
    """Ask for programs until one passes the checks, at most ``services.attempts`` times; each try is recorded."""
    kind: Any = "repair" if request.mode == "repair" else "proposal"
    parents = () if request.parent is None else (request.parent.experiment_id,)
    entry = services.domain.backends[services.backend].entry
    guest = services.guests.get(request.experiment_id)
    origin: Origin = "llm" if (guest or services.proposer).name == "llm" else "human"
    empty = Candidate(request.experiment_id, {}, entry, services.backend, parents, origin=origin)
    last = _Checked(empty, None, (), accepted=False)
    first = len(attempts)
    for index in range(first, first + (services.attempts if guest is None else 1)):
        asked = replace(request, rng_seed=round_seed(services.seed, request.round, "propose", index))
        try:
            proposal = (
                services.hook.propose(context=context, request=asked) if guest is None else guest.propose({}, asked)
            )
            if not isinstance(proposal, Proposal):
                raise TypeError(f"propose() returned {type(proposal).__name__}, not a Proposal")
        except (Stopped, BudgetReached, ModelUnavailableError, KeyboardInterrupt):
            raise
        except ProposalError as error:
            # It was asked, and what it gave is no program: an experiment that failed, not a fault of the proposer.
            attempts.append(Attempt(index, kind, "failed", str(error)))
            return replace(last, verdicts=(Verdict("answer", False, str(error)),), accepted=False)
        except Exception as error:
            # A proposer that fails costs the round, never the record of it.
            reason = f"the proposer failed: {type(error).__name__}: {error}"
            attempts.append(Attempt(index, kind, "failed", reason))
            verdict = Verdict("proposer", False, reason)
            return replace(last, verdicts=(verdict,), accepted=False)
        candidate = Candidate(
            experiment_id=request.experiment_id,
            files=dict(proposal.files),
            entry=entry,
            backend=services.backend,
            parents=proposal.parents if proposal.parents is not None else parents,
            motivation=proposal.motivation,
            expected_effect=proposal.expected_effect,
            origin=proposal.origin,
            used=proposal.used,
        )
        verdicts = check(services, context, candidate, request.known)
        refused = next((v for v in verdicts if not v.passed and not v.advisory), None)
        last = _Checked(candidate, proposal, verdicts, accepted=refused is None)
        attempts.append(
            Attempt(
                index,
                kind,
                "accepted" if refused is None else "rejected",
                "" if refused is None else f"{refused.check}: {refused.message}",
                candidate.files if refused is not None else {},
                candidate.motivation,
                verdicts,
            )
        )
        if refused is None:
            return last
        request = replace(request, failure=refused, draft=candidate)
    return last


def check(services: RoundServices, context: RunContext, candidate: Candidate, known: int) -> tuple[Verdict, ...]:
    """Parse and static limits, duplicates, novelty, the domain's executed checks, a model's opinion.

    Stops at the first refusal: what computes comes before what is said.

    Args:
        services: Of the run.
        context: Of the round.
        candidate: The program.
        known: Experiments that were finished when the round began.
    """
    backend = services.domain.backends[services.backend]
    base = next(iter(backend.seeds.values()))
    static = check_program(
        candidate.files,
        candidate.entry,
        allowed_imports=backend.libraries,
        protected=services.domain.protected,
        base=base,
        call=required_call(base[backend.entry], services.domain.call),
    )
    if not static.passed:
        return (static,)
    digest = program_hash(candidate.files)
    with services.lock:
        twin = services.duplicates.claim(digest, candidate.experiment_id)
    if twin is not None:
        return (static, Verdict("duplicate", False, f"the same program as {twin}", details={"of": twin}))
    verdicts = [static, services.novelty.judge(candidate, known, digest)]
    if not _refused(verdicts) and services.domain.checks:
        verdicts += _executed(services, context, candidate)
    if not _refused(verdicts) and services.opinion is not None:
        verdicts.append(services.opinion.check(candidate, digest))
    if _refused(verdicts):
        _forget(services, digest, candidate)
    return tuple(verdicts)


def _refused(verdicts: list[Verdict]) -> bool:
    return any(not verdict.passed and not verdict.advisory for verdict in verdicts)


def _executed(services: RoundServices, context: RunContext, candidate: Candidate) -> tuple[Verdict, ...]:
    """The domain's own checks."""

    def execute(job: Job) -> Execution:
        return services.evaluator.execute(context, candidate, job)

    rng = context.rng if context.rng is not None else round_rng(services.seed, 0, "check")
    return run_checks(services.domain, candidate, execute, rng)


def _forget(services: RoundServices, digest: str, candidate: Candidate) -> None:
    """Only programs that were executed are duplicates: a resume knows of no others."""
    with services.lock:
        services.duplicates.discard(digest, candidate.experiment_id)


def review(services: RoundServices, experiment: Experiment, lessons: FrozenLessons) -> Review | None:
    """Ask the model for its report, if there is one to ask. Not under the run's lock: an answer takes its time.

    Seeds, baselines and programs that were not executed are not asked about: the facts say all there is.
    """
    if experiment.experiment_id in services.guests:  # nobody is asked, and paid, for a round that was handed in
        return None
    if services.reviewer is None or experiment.round == 0 or not experiment.executions:
        return None
    with services.lock:
        beside = companions(experiment, services.history)
    seed = round_seed(services.seed, experiment.round, "analyze")
    made = services.reviewer.review(experiment, beside, lessons.recall(_SHOWN_LESSONS), seed)
    if made.why:
        services.context.log.warning("no report of the model on %s: %s", experiment.experiment_id, made.why)
    return made


def analyze(
    services: RoundServices, experiment: Experiment, lessons: FrozenLessons, made: Review | None = None
) -> Experiment:
    """Add the report and give its lessons their ids. An analyzer that fails costs the report, not the experiment.

    Args:
        services: Of the run.
        experiment: Finished.
        lessons: As the round knew them.
        made: What the model said, where it was asked; it goes beside the measured facts.
    """
    context = replace(services.context, lessons=lessons)
    if made is not None and isinstance(context.analyzer, RuleAnalyzer):
        context = replace(context, analyzer=Reviewed(context.analyzer, made))
    try:
        analysis = services.hook.analyze(context=context, experiment=experiment)
    except (AsiEvolveError, KeyboardInterrupt):
        raise
    except Exception as error:
        services.context.log.warning("analyze() failed on %s: %s", experiment.experiment_id, error)
        return replace(
            experiment,
            analysis=Analysis(f"No analysis: analyze() raised {type(error).__name__}: {error}", tags=("no_analysis",)),
        )
    if not isinstance(analysis, Analysis):
        return experiment
    numbered = tuple(
        replace(lesson, lesson_id=f"{experiment.experiment_id}.l{i}") for i, lesson in enumerate(analysis.lessons)
    )
    return replace(experiment, analysis=replace(analysis, lessons=numbered))


def now() -> str:
    """UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
