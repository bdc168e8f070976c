"""execute, score and promote: what a candidate is worth, stage by stage."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from asi_evolve.context import RunContext
from asi_evolve.domain import Domain, Stage
from asi_evolve.errors import DomainError
from asi_evolve.executors import ScorerPool
from asi_evolve.loop.ladder import replicates_of, whole_stages
from asi_evolve.loop.promotion import Means, aggregate, promoted
from asi_evolve.loop.randomness import round_seed
from asi_evolve.records import Candidate, Execution, Experiment, Job, Score, Status, Verdict

#: Input sets kept in memory; a set is made again when it is needed after that.
_CACHED_INPUTS = 64


class Stopped(Exception):  # noqa: N818 - not a fault: a signal to unwind, like StopIteration
    """The run was told to stop now; the round in flight is given up, not recorded."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What evaluating a candidate gave."""

    status: Status
    stage: str
    score: Score | None
    executions: tuple[Execution, ...]
    scores: tuple[Score, ...]
    verdicts: tuple[Verdict, ...] = ()
    scorer_failed: bool = False

    @property
    def failure(self) -> Execution | Verdict | None:
        """What a repair attempt is shown: the execution that failed, or the verdict on its outputs."""
        if self.status == "ok" and self.score is not None and self.score.valid:
            return None
        if self.executions and self.executions[-1].status != "ok":
            return self.executions[-1]
        feedback = self.score.feedback if self.score is not None else ""
        return Verdict("score", False, feedback or "the scorer found the result invalid")


def _sound(score: Score) -> Score:
    """The score in plain numbers, if a valid one has a finite value; a NaN would poison every comparison.

    What is kept must be what the database gives back: a float32 compares otherwise than the same number as a float.
    """
    valid = bool(score.valid)
    value = _number(score.value, "value")
    fitness = _number(score.fitness, "fitness")
    if valid and (value is None or not math.isfinite(value)):
        raise DomainError(f"score() returned a valid Score with the value {score.value!r}")
    if valid and fitness is not None and not math.isfinite(fitness):
        raise DomainError(f"score() returned a valid Score with the fitness {score.fitness!r}")
    return replace(
        score,
        valid=valid,
        value=value if valid else None,
        fitness=fitness,
        stderr=_number(score.stderr, "stderr"),
        metrics=_numbers(score.metrics, "metrics"),
        features=_numbers(score.features, "features"),
        feedback=str(score.feedback or ""),
    )


def _numbers(table: Any, name: str) -> dict[str, float]:
    if not isinstance(table, Mapping):
        raise DomainError(f"score() returned {name} that are no mapping: {table!r}")
    found = {str(key): _number(value, f"{name}[{key!r}]") for key, value in table.items()}
    return {key: value for key, value in found.items() if value is not None}


def _number(value: Any, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, (str, bytes)):
        raise DomainError(f"score() returned {name} = {value!r}, which is not a number")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise DomainError(f"score() returned {name} = {value!r}, which is not a number") from error


def _faulty(stage: Stage, executions: list[Execution], scores: list[Score], error: DomainError) -> Measured:
    verdict = Verdict("scorer", False, f"the domain's scorer failed: {error}")
    return Measured("error", stage.name, None, tuple(executions), tuple(scores), (verdict,), scorer_failed=True)


class Evaluator:
    """Runs a candidate through the stages. Thread-safe; shared by all rounds of a run.

    Args:
        hook: The run's hooks.
        domain: Stages, objective.
        scorer: The trusted scorer.
        run_seed: Seeds the candidates' own randomness: all candidates of a run get the same, so that they are
            compared on equal terms; runs with other seeds are independent.
        last_stage: Candidates are not promoted beyond it.
        spend: Told the CPU seconds of each execution.
        stopped: Whether the run was told to stop now.
        stage_values: Means of the experiments that were valid at a stage: ``stage_values(stage, count)`` gives the
            first ``count`` of them, or all for None.
    """

    def __init__(
        self,
        hook: Any,
        domain: Domain,
        scorer: ScorerPool,
        *,
        run_seed: int,
        last_stage: str,
        spend: Callable[[float], None],
        stopped: Callable[[], bool],
        stage_values: Callable[[str, int | None], Means],
    ) -> None:
        self._hook = hook
        self._domain = domain
        self._scorer = scorer
        self._run_seed = run_seed
        names = [stage.name for stage in domain.stages]
        self.last_stage = last_stage
        self._stages = domain.stages[: names.index(last_stage) + 1]
        self._spend = spend
        self._stopped = stopped
        self._stage_values = stage_values
        self._baseline: dict[str, tuple[float, ...]] = {}
        self._inputs: OrderedDict[tuple[str, int, int], tuple[Mapping[str, Any], Any]] = OrderedDict()
        self._lock = threading.Lock()

    def set_baseline(self, measured: Measured | Experiment) -> None:
        """Keep a baseline's values: the first that is valid at a stage is what ``paired`` compares with there.

        At resume and in a fork, baselines are not run again: their records are given instead.
        """
        replicates = replicates_of(measured.executions, measured.scores)
        for stage, values in whole_stages(self._stages, replicates, measured.status, measured.stage).items():
            self._baseline.setdefault(stage, values)

    def evaluate(
        self,
        context: RunContext,
        candidate: Candidate,
        *,
        climb: bool = True,
        ranked: Mapping[str, int] | None = None,
    ) -> Measured:
        """Execute and score ``candidate`` at the first stage, and at each further one that it is promoted to.

        Args:
            context: The round's context.
            candidate: The program.
            climb: False lets the candidate through all stages whatever it scores (baselines).
            ranked: Stage -> how many experiments' means there were when the round began: it is ranked among those
                only, so that nothing that happened meanwhile reaches it. None: among all.

        Raises:
            Stopped: If the run was told to stop meanwhile.
        """
        executions: list[Execution] = []
        scores: list[Score] = []
        measured: Measured | None = None
        for stage in self._stages:
            at_stage = self._at_stage(context, candidate, stage)
            executions += at_stage.executions
            scores += at_stage.scores
            measured = replace(at_stage, executions=tuple(executions), scores=tuple(scores))
            if measured.status != "ok" or measured.score is None or not measured.score.valid:
                break
            others: Means = ()
            if climb and stage.promote.top < 1.0:
                others = self._stage_values(stage.name, None if ranked is None else ranked.get(stage.name, 0))
            baseline = self._baseline.get(stage.name, ())
            if climb and not promoted(stage.promote, at_stage.scores, baseline=baseline, stage_values=others):
                break
        if measured is None:
            raise DomainError(f"domain {self._domain.name!r} declares no stage")
        return self._quarantine(context, candidate, measured)

    def execute(self, context: RunContext, candidate: Candidate, job: Job) -> Execution:
        """One execution, counted against the budget.

        Raises:
            Stopped: If the run was told to stop meanwhile: what a stop cut off says nothing about the candidate.
            DomainError: If the domain's ``execute`` breaks its contract.
        """
        execution = self._hook.execute(context=context, candidate=candidate, job=job)
        if self._stopped():
            raise Stopped
        if not isinstance(execution, Execution):
            raise DomainError(f"execute() returned {type(execution).__name__}, not an Execution")
        self._spend(execution.cpu_s)
        return execution

    def close(self) -> None:
        """Stop the scores under way; what they were for ends as stopped."""
        self._scorer.close()

    def again(self, context: RunContext, candidate: Candidate, stage: str) -> Measured:
        """Execute and score once more on the same seeds (to see whether a result holds)."""
        # A fork may end at an earlier stage than the run whose best it took over.
        return self._at_stage(context, candidate, next(s for s in self._domain.stages if s.name == stage))

    def _at_stage(self, context: RunContext, candidate: Candidate, stage: Stage, fresh: int = 0) -> Measured:
        executions: list[Execution] = []
        scores: list[Score] = []
        for replicate, seed in enumerate(stage.replicate_seeds):
            input_seed = seed if not fresh else round_seed(self._run_seed, seed, "recheck", fresh)
            job, hidden = self._job(context, candidate, stage, replicate, seed, input_seed)
            execution = self.execute(context, candidate, job)
            executions.append(execution)
            if execution.status != "ok":
                return Measured(execution.status, stage.name, None, tuple(executions), tuple(scores))
            try:
                score = _sound(self._scorer.score(candidate, execution, hidden))
            except DomainError as error:
                if self._stopped():
                    raise Stopped from error
                return _faulty(stage, executions, scores, error)
            scores.append(score)
            if not score.valid:
                break
        try:
            combined = _sound(aggregate(scores))  # a mean can overflow
        except DomainError as error:
            return _faulty(stage, executions, scores, error)
        status: Status = "ok" if combined.valid else "invalid_result"
        return Measured(status, stage.name, combined, tuple(executions), tuple(scores))

    def _job(
        self, context: RunContext, candidate: Candidate, stage: Stage, replicate: int, seed: int, input_seed: int
    ) -> tuple[Job, Any]:
        key = (stage.name, replicate, input_seed)
        with self._lock:
            made = self._inputs.get(key)
        if made is None:
            try:
                answer = self._hook.inputs(context=context, stage=stage.name, replicate=replicate, seed=input_seed)
                public, hidden = answer if answer is not None else ({}, None)
            except Exception as error:
                raise DomainError(
                    f"inputs() of plugin {self._domain.name!r} failed: {type(error).__name__}: {error}"
                ) from error
            made = (public, hidden)
            with self._lock:
                # Two rounds may have made them at once: public and hidden part must stay together.
                made = self._inputs.setdefault(key, made)
                while len(self._inputs) > _CACHED_INPUTS:
                    self._inputs.popitem(last=False)
        job = Job(
            stage=stage.name,
            replicate=replicate,
            seed=round_seed(self._run_seed, 0, "run", seed),
            backend=candidate.backend,
            limits=stage.limits,
            inputs=made[0],
            hidden_ref=f"{stage.name}/{replicate}/{input_seed}",
        )
        return job, made[1]

    def _quarantine(self, context: RunContext, candidate: Candidate, measured: Measured) -> Measured:
        """A value beyond the known bound is run again on fresh hidden inputs, and counts only if it holds."""
        bound = self._domain.objective.known_bound
        score = measured.score
        if bound is None or score is None or score.value is None or score.value <= bound:
            return measured
        stage = next(s for s in self._stages if s.name == measured.stage)
        second = self._at_stage(context, candidate, stage, fresh=1)
        value = second.score.value if second.score is not None else None
        held = value is not None and value > bound
        shown = "no valid value" if value is None else f"{value:.10g}"
        verdict = Verdict(
            "known_bound",
            held,
            f"{score.value:.10g} is above the known bound {bound:.10g}; on fresh inputs it gave {shown}: "
            + ("it holds" if held else "quarantined"),
            advisory=held,
        )
        return replace(
            measured,
            status="ok" if held else "quarantined",
            executions=(*measured.executions, *second.executions),
            scores=(*measured.scores, *second.scores),
            verdicts=(*measured.verdicts, verdict),
        )
