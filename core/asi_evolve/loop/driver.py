"""Runs rounds until the run has reached its end: W workers, one lock, one writer, signals and budgets."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeAlias

from asi_evolve.analysis import Review
from asi_evolve.budget import BudgetReached, Meter
from asi_evolve.errors import AsiEvolveError
from asi_evolve.events import ExperimentEnd, LlmCall, NewBest
from asi_evolve.executors import Executor
from asi_evolve.loop.ending import Ending, Recheck, decide, recheck_best
from asi_evolve.loop.evaluate import Measured, Stopped
from asi_evolve.loop.lessons import FrozenLessons
from asi_evolve.loop.memory import RunMemory, Ticket
from asi_evolve.loop.outcome import RunOutcome
from asi_evolve.loop.progress import Progress, Silence
from asi_evolve.loop.provenance import provenance_class
from asi_evolve.loop.round import Prepared, RoundServices, analyze, judge, measure, now, prepare, review
from asi_evolve.loop.stopping import StopSignals, Unheard
from asi_evolve.records import Candidate, Experiment
from asi_evolve.source.normalise import program_hash
from asi_evolve.store import Store

#: Rounds in a row that may fail for a fault of the proposer or the scorer before the run gives up.
_FAULTS_IN_A_ROW = 5
#: Seconds that rounds are given to unwind after a hard stop. A hook that does not return is left behind.
_GRACE_S = 15.0
#: Bytes that are set aside for the end of a run whose process is out of memory.
_BALLAST = 64 << 20


#: What the main thread passes on: an experiment with its place in the run, a question to a model, a note.
_Told: TypeAlias = tuple[Experiment, int, bool, float | None] | LlmCall | str


@dataclass(slots=True)
class Plan:
    """What this process is to do."""

    rounds: int
    """Rounds that the run is to have in all."""
    redo: tuple[int, ...]
    """Numbers of interrupted rounds, to be done first."""
    next_number: int
    done: int
    """Rounds finished before."""
    target: float | None
    workers: int
    ordered: bool
    fresh: bool
    """Whether seeds and baselines are still to be run."""
    missing: tuple[str, ...] = ()
    """Ids of seeds and baselines that are recorded already (a run that was cut off in round 0)."""
    recheck_old: bool = True
    """Whether the best is executed once more at the end even if it is of an earlier part of the run."""


class Driver:
    """One run in one process.

    Args:
        services: What the rounds share.
        memory: History and states; restored already at resume.
        store: The open database.
        executor: Closed at a hard stop to end what runs.
        meter: The budget.
        plan: What is to be done.
        notify: Tells observers: ``notify(hook_name, event)``.
        progress: Told in the main thread.
        keep_outputs_bytes: Outputs up to this size are kept for every experiment.
    """

    def __init__(
        self,
        services: RoundServices,
        memory: RunMemory,
        store: Store,
        executor: Executor,
        meter: Meter,
        plan: Plan,
        *,
        notify: Callable[[str, Any], None],
        progress: Progress,
        keep_outputs_bytes: int,
    ) -> None:
        self._services = services
        self._memory = memory
        self._store = store
        self._executor = executor
        self._meter = meter
        self._plan = plan
        self._notify = notify
        self._progress = progress
        self._keep_bytes = keep_outputs_bytes
        self._log = logging.getLogger("asi_evolve")
        self._lock = services.lock
        self._turn = threading.Condition(self._lock)
        self._numbers = iter([*plan.redo, *range(plan.next_number, plan.next_number + self._fresh_rounds())])
        self._order: list[int] = []
        self._integrated = 0
        self._done = plan.done
        self._faults = 0
        self._lost = 0
        self._ending: Ending | None = None
        self._ending_lock = threading.Lock()
        self._abort = threading.Event()
        self._committed: queue.SimpleQueue[_Told] = queue.SimpleQueue()
        self._finished = threading.Event()
        self._recheck: Recheck | None = None
        # Not touched, so it takes no memory, but addresses; given up when there are no more.
        self._ballast: bytes | bytearray = bytearray(_BALLAST)

    def _fresh_rounds(self) -> int:
        return max(0, self._plan.rounds - self._plan.done - len(self._plan.redo))

    @property
    def aborted(self) -> bool:
        """Whether everything must stop now."""
        return self._abort.is_set()

    def run(self) -> RunOutcome:
        """Run to the end. Call from the main thread to get Ctrl-C handled; blocks."""
        signals = StopSignals(self._stop_softly, self._stop_now, self._committed.put)
        with signals:
            worker = threading.Thread(target=self._work, name="asievolve-run", daemon=True)
            worker.start()
            try:
                self._listen(signals)
            except BaseException as error:
                # Whoever was told has failed: no round may go on behind the caller's back.
                self._fail(error)
                self._finished.wait(_GRACE_S)
                raise
            if self._finished.is_set():
                worker.join()
            else:
                self._log.warning("a hook of the domain did not return within %g s; it is left behind", _GRACE_S)
        ending = self._ending or decide(self._done, self._plan.rounds, self._memory.history)
        recheck = self._recheck
        return RunOutcome(
            status=ending.status,
            reason=ending.reason,
            exit_code=ending.exit_code,
            done=self._done - self._lost,
            requested=self._plan.rounds,
            wall_s=self._meter.wall_s,
            cpu_s=self._meter.cpu_s,
            recheck=recheck.text if recheck is not None else "",
            reproduced=recheck.reproduced if recheck is not None else None,
        )

    def _listen(self, signals: StopSignals) -> None:
        """Tell of what is committed until the run is over."""
        deadline: float | None = None
        told = 0
        while not (self._finished.is_set() and self._committed.empty()):
            if self.aborted:
                deadline = time.monotonic() + _GRACE_S if deadline is None else deadline
                if time.monotonic() > deadline:
                    return
            try:
                item = self._committed.get(timeout=0.05)
            except queue.Empty:
                continue
            told += 1
            try:
                signals.telling = told
                try:
                    self._tell(item)
                finally:
                    signals.telling = 0
            except Unheard:
                signals.telling = 0
                abandon = getattr(self._progress, "abandon", None)
                if abandon is not None:
                    abandon()
                self._progress = Silence()

    # What the run does, in its own threads

    def _work(self) -> None:
        try:
            if self._plan.fresh:
                self._round_zero()
            threads = [
                threading.Thread(target=self._guard, args=(self._worker,), name=f"asievolve-worker-{i}", daemon=True)
                for i in range(self._plan.workers)
            ]
            if self._plan.ordered:
                self._begin_ordered()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if self._ending is None or self._ending.status in ("target", "budget"):
                self._guard(self._do_recheck)
        except Stopped:
            pass
        except BaseException as error:
            self._fail(error)
        finally:
            self._guard(self._store.flush)
            self._finished.set()

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Stopped:
            pass
        except BaseException as error:
            self._fail(error)

    def _round_zero(self) -> None:
        """Seeds and baselines: run first, recorded as experiments of round 0."""
        backend = self._services.domain.backends[self._services.backend]
        run_id = self._services.run_id
        named = [(f"{run_id}.s{i}", "seed", name, files) for i, (name, files) in enumerate(backend.seeds.items())]
        named += [
            (f"{run_id}.b{i}", "baseline", name, files) for i, (name, files) in enumerate(backend.baselines.items())
        ]
        # Baselines first: paired promotion of the seeds needs their values.
        named.sort(key=lambda item: item[1])
        for experiment_id, origin, name, files in named:
            if experiment_id in self._plan.missing:
                if origin == "baseline":
                    with self._lock:
                        self._services.evaluator.set_baseline(self._memory.load(experiment_id))
                continue
            candidate = Candidate(
                experiment_id=experiment_id,
                files=dict(files),
                entry=backend.entry,
                backend=self._services.backend,
                motivation=f"The {origin} program {name!r} of the domain.",
                origin="seed" if origin == "seed" else "baseline",
            )
            self._store.begin_round(run_id, 0, experiment_id, ())
            measured = self._services.evaluator.evaluate(self._services.context, candidate, climb=origin == "seed")
            if origin == "baseline":
                self._services.evaluator.set_baseline(measured)
            measured = judge(self._services, None, candidate, measured)
            digest = program_hash(files)
            if self._services.duplicates.find(digest) is None:
                self._services.duplicates.add(digest, experiment_id)
            self._finish(_experiment_of(candidate, run_id, measured, digest))
        best = self._memory.history.best()
        if best is None and self._services.proposer.uses_parent:
            first = self._memory.history.entry(0)
            experiment = self._memory.load(first.experiment_id)
            why = _why(experiment)
            self._end(Ending("failed", f"no seed program gave a valid score: {why}", 1))

    def _worker(self) -> None:
        while True:
            prepared = self._next_ordered() if self._plan.ordered else self._next()
            if prepared is None:
                return
            try:
                experiment = measure(self._services, prepared)
                made = review(self._services, experiment, prepared.ticket.lessons)
            except BaseException:
                with self._lock:
                    self._memory.give_up(prepared.ticket)
                raise
            self._integrate(prepared, experiment, made)

    def _next(self) -> Prepared | None:
        with self._lock:
            ticket = self._begin()
        return self._prepare(ticket) if ticket is not None else None

    def _prepare(self, ticket: Ticket) -> Prepared | None:
        """The round with its program; None if a budget ended the run instead. A resume makes the round again then."""
        try:
            return prepare(self._services, ticket)
        except BudgetReached as reached:
            with self._lock:
                self._memory.give_up(ticket)
            reason = str(reached)
            self._end(Ending("budget", f"{reason[0].upper()}{reason[1:]}.", 3))
            return None

    def _begin(self) -> Ticket | None:
        """Take the next number, or None when no further round is to begin. Holds the lock."""
        if self._ending is not None:
            return None
        # A budget that ends with the last round has stopped nothing.
        number = next(self._numbers, None)
        if number is None:
            return None
        reason = self._meter.exceeded()
        if reason is not None:
            self._end(Ending("budget", f"{reason[0].upper()}{reason[1:]}.", 3))
            return None
        ticket = self._memory.begin(number)
        parents = (ticket.selection.parent,) if ticket.selection.parent is not None else ()
        self._store.begin_round(self._services.run_id, number, ticket.experiment_id, parents, ticket.known)
        self._order.append(number)
        return ticket

    def _integrate(self, prepared: Prepared, experiment: Experiment, made: Review | None) -> None:
        with self._turn:
            if self._plan.ordered:
                while self._order[self._integrated] != prepared.ticket.number:
                    self._turn.wait(0.5)
                    if self.aborted:
                        self._memory.give_up(prepared.ticket)
                        raise Stopped
            self._finish(experiment, prepared.ticket.lessons, made)
            self._integrated += 1
            if self._plan.ordered:
                self._ready_one()
                self._turn.notify_all()

    # --ordered: round i is chosen and proposed right after round i - W is taken in, before i - W + 1 is

    def _begin_ordered(self) -> None:
        self._ready: queue.SimpleQueue[Prepared | None] = queue.SimpleQueue()
        with self._lock:
            for _ in range(self._plan.workers):
                self._ready_one()

    def _ready_one(self) -> None:
        ticket = self._begin()
        self._ready.put(self._prepare(ticket) if ticket is not None else None)

    def _next_ordered(self) -> Prepared | None:
        while not self.aborted:
            try:
                return self._ready.get(timeout=0.5)
            except queue.Empty:
                continue
        return None

    # Record

    def _finish(self, experiment: Experiment, lessons: FrozenLessons | None = None, made: Review | None = None) -> None:
        """Analyze, learn and record. The store's transaction holds the experiment and the states together."""
        with self._lock:
            known = lessons if lessons is not None else FrozenLessons(())
            experiment = analyze(self._services, experiment, known, made)
            before = self._memory.history.best()
            self._memory.integrate(experiment)
            while self._memory.turns:
                turn = self._memory.turns.pop(0)
                self._store.event(self._services.run_id, turn.kind, turn.data())
            best = self._memory.history.best()
            is_best = best is not None and best.experiment_id == experiment.experiment_id
            done = self._done + (experiment.round > 0)
            keep = is_best or experiment.round == 0 or self._small(experiment)
            future = self._store.record(
                experiment,
                state=self._memory.state(),
                provenance_class=provenance_class(experiment),
                keep_outputs=keep,
            )
            self._done = done
            self._judge(experiment)
        previous = before.value if before is not None else None
        future.add_done_callback(lambda made: self._on_commit(made, (experiment, done, is_best, previous)))

    def _judge(self, experiment: Experiment) -> None:
        """Whether the run ends with this experiment."""
        faults = {"proposer", "scorer"}
        faulty = next((v for v in experiment.verdicts if v.check in faults and not v.passed), None)
        self._faults = self._faults + 1 if faulty is not None else 0
        if faulty is not None and self._faults >= _FAULTS_IN_A_ROW:
            self._end(Ending("failed", f"{self._faults} rounds in a row failed: {faulty.message}", 1))
        target, value = self._plan.target, experiment.value
        # A lucky number from an early stage is not what was asked for: the run's last stage has to confirm it.
        confirmed = (
            experiment.stage == self._services.evaluator.last_stage and experiment.candidate.origin != "baseline"
        )
        if target is not None and value is not None and value >= target and confirmed:
            self._end(Ending("target", f"{experiment.experiment_id} reached the target {target:.10g}.", 0))

    def _small(self, experiment: Experiment) -> bool:
        return sum(_size(execution.outputs) for execution in experiment.executions) <= self._keep_bytes

    def _on_commit(self, future: Future[None], item: tuple[Experiment, int, bool, float | None]) -> None:
        error = future.exception()
        if error is not None:
            self._lost += item[0].round > 0
            self._fail(error)
            return
        self._committed.put(item)

    def _do_recheck(self) -> None:
        best = self._memory.history.best()
        known = best is None or best.round < self._plan.next_number
        if not self.aborted and (self._plan.recheck_old or not known):
            self._recheck = recheck_best(self._services, self._memory)
            if self._recheck is not None:
                self._store.event(self._services.run_id, "recheck", self._recheck.data())

    # Ends

    def _end(self, ending: Ending) -> None:
        # Not under the run's lock: its holder may wait for the writer, whose thread comes here when a commit fails, or
        # be inside a hook. Who waits for a turn looks up twice a second.
        with self._ending_lock:
            if self._ending is None:
                self._ending = ending

    def _fail(self, error: BaseException) -> None:
        text = str(error) if isinstance(error, AsiEvolveError) else f"{type(error).__name__}: {error}"
        if isinstance(error, MemoryError):
            self._ballast = b""  # room for what has to be done and said now
            text = (
                "the memory of the run's own process ran out; give it more, or take fewer workers, and resume the run"
            )
        elif not isinstance(error, AsiEvolveError):
            self._log.error("the run failed unexpectedly", exc_info=error)
        self._end(Ending("failed", text, 1))
        self._drop()

    def _stop_softly(self, reason: str, exit_code: int) -> None:
        self._end(Ending("stopped", reason, exit_code))

    def _stop_now(self, reason: str, exit_code: int) -> None:
        self._end(Ending("stopped", reason, exit_code))
        self._drop()

    def _drop(self) -> None:
        """Give up what is in flight."""
        with self._ending_lock:
            if self._abort.is_set():
                return
            self._abort.set()
        # In threads of their own: a signal handler must not wait for locks that it may have interrupted.
        for close in (self._executor.close, self._services.evaluator.close):
            with contextlib.suppress(RuntimeError):  # out of memory for a thread: the end of the run closes them too
                threading.Thread(target=close, daemon=True).start()

    def tell_model_call(self, event: LlmCall) -> None:
        """Have observers told, in the thread that tells them of everything. Any thread may call this."""
        self._committed.put(event)

    def _tell(self, item: _Told) -> None:
        if isinstance(item, str):
            self._progress.on_note(item)
            return
        if isinstance(item, LlmCall):
            self._notify("on_llm_call", item)
            return
        experiment, done, is_best, previous = item
        run_id = self._services.run_id
        self._progress.on_experiment(experiment, done, self._plan.rounds, is_best)
        self._notify("on_experiment_end", ExperimentEnd(run_id, experiment, done, self._plan.rounds))
        if is_best:
            self._notify("on_new_best", NewBest(run_id, experiment, previous))


def _experiment_of(candidate: Candidate, run_id: str, measured: Measured, digest: str) -> Experiment:
    return Experiment(
        experiment_id=candidate.experiment_id,
        run_id=run_id,
        round=0,
        candidate=candidate,
        status=measured.status,
        stage=measured.stage,
        score=measured.score,
        executions=measured.executions,
        scores=measured.scores,
        verdicts=measured.verdicts,
        notes={"program_hash": digest},
        created_at=now(),
    )


def _why(experiment: Experiment) -> str:
    refused = next((verdict.message for verdict in experiment.verdicts if not verdict.passed), "")
    error = experiment.executions[-1].error if experiment.executions else ""
    feedback = experiment.score.feedback if experiment.score is not None else ""
    return (
        f"{experiment.experiment_id} ended as {experiment.status}: {refused or error or feedback or 'no reason given'}"
    )


def _size(data: Any) -> int:
    """Rough bytes of outputs: arrays by their buffers, the rest by counting values."""
    if data is None:
        return 0
    nbytes = getattr(data, "nbytes", None)
    if isinstance(nbytes, int):
        return nbytes
    if isinstance(data, Mapping):
        return sum(16 + _size(value) for value in data.values())
    if isinstance(data, (list, tuple)):
        return sum(_size(value) for value in data)
    return len(data) if isinstance(data, (str, bytes)) else 8
