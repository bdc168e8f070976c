"""A recorded run made again, round by round, each with exactly what it knew then; and how it differs.

Every round is given the recorded past, never the replayed one: so one difference does not make all that follow
differ, and each line of the result is about one round. Proposals are made in the recorded order. Executions run as
far ahead of it as they did in the run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from asi_evolve.analysis import NOT_ASKED, Review
from asi_evolve.loop.lessons import FrozenLessons
from asi_evolve.loop.memory import RunMemory, Ticket
from asi_evolve.loop.round import RoundServices, analyze, measure, now, prepare, review
from asi_evolve.loop.script import Begin, RecordedDuplicates, Resumed, Step
from asi_evolve.records import Candidate, Experiment, Used


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing in which a replayed experiment is not the recorded one."""

    what: str
    """``parent``, ``shown``, ``parents``, ``program``, ``status``, ``stage``, ``value`` or ``analysis``."""
    text: str
    """In words."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One experiment of the run and what became of it now."""

    recorded: Experiment
    replayed: Experiment
    difference: Difference | None


class Replay:
    """Makes the rounds of a recorded run again.

    Args:
        services: As of the run, with :class:`RecordedDuplicates` as the index of programs.
        memory: Empty; reads whole records from the run's database.
        steps: See :func:`asi_evolve.loop.script.script`.
        copied: Ids that a fork took over: part of the past, not made again.
        tell: Called with each comparison, in the order of the record.
    """

    def __init__(
        self,
        services: RoundServices,
        memory: RunMemory,
        steps: list[Step],
        copied: list[str],
        tell: Callable[[Compared], None],
    ) -> None:
        self._services, self._memory, self._steps, self._copied, self._tell = services, memory, steps, copied, tell
        if not isinstance(services.duplicates, RecordedDuplicates):
            raise TypeError("a replay needs RecordedDuplicates")
        self._duplicates = services.duplicates
        self._tickets: dict[str, Ticket] = {}
        self._made: dict[str, tuple[tuple[Used, ...], Future[Experiment]]] = {}

    @property
    def workers(self) -> int:
        """Most rounds that were in flight together."""
        flying, most = 0, 1
        for step in self._steps:
            if isinstance(step, Begin):
                flying += not step.cut_off
            elif not isinstance(step, Resumed):
                flying = max(0, flying - 1)  # seeds and baselines are taken in, but were never begun
            most = max(most, flying)
        return most

    def run(self) -> None:
        """Go through all steps."""
        self._take_over()
        saved = self._memory.state()
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="asievolve-replay")
        try:
            for step in self._steps:
                if isinstance(step, Begin):
                    self._begin(step, pool)
                elif isinstance(step, Resumed):
                    self._give_up(saved)
                else:
                    self._take(step.experiment_id)
                    saved = self._memory.state()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def state_differs(self, recorded: Mapping[str, object]) -> list[str]:
        """Which learned states (``sampler``, ``proposer``) are not the recorded ones at the end."""
        mine = json.loads(json.dumps(self._memory.state()))
        return [name for name in mine if name in recorded and mine[name] != recorded[name]]

    def _take_over(self) -> None:
        copied = []
        for experiment_id in self._copied:
            experiment = self._memory.load(experiment_id)
            self._note_program(experiment)
            if experiment.candidate.origin == "baseline":
                self._services.evaluator.set_baseline(experiment)
            copied.append(experiment)
        self._memory.replay(copied)

    def _begin(self, step: Begin, pool: ThreadPoolExecutor) -> None:
        with self._services.lock:
            ticket = self._memory.begin(step.round)
        self._tickets[ticket.experiment_id] = ticket
        if step.cut_off:
            return
        self._duplicates.learn(self._memory.load(ticket.experiment_id))
        prepared = prepare(self._services, ticket)
        self._made[ticket.experiment_id] = (prepared.shown, pool.submit(measure, self._services, prepared))

    def _give_up(self, saved: Mapping[str, object]) -> None:
        for ticket in self._tickets.values():
            self._memory.give_up(ticket)
        self._tickets.clear()
        self._memory.set_state(saved)

    def _take(self, experiment_id: str) -> None:
        recorded = self._memory.load(experiment_id)
        ticket = self._tickets.pop(experiment_id, None)
        if recorded.round == 0:
            shown: tuple[Used, ...] = ()
            made = self._round_zero(recorded)
        else:
            shown, future = self._made.pop(experiment_id)
            made = future.result()
        # The report is written on what was recorded, measured times too, with the data that came back now.
        lessons = ticket.lessons if ticket is not None else FrozenLessons(())
        subject = replace(_with_data(recorded, made), analysis=None)
        told = self._review(recorded, subject, lessons)
        with self._services.lock:
            report = analyze(self._services, subject, lessons, told)
        made = replace(made, analysis=report.analysis)
        difference = self._difference(recorded, made, ticket, shown)
        with self._services.lock:
            self._memory.integrate(recorded)
        if recorded.round == 0:
            self._note_program(recorded)
        self._tell(Compared(recorded, made, difference))

    def _review(self, recorded: Experiment, subject: Experiment, lessons: FrozenLessons) -> Review | None:
        """What the model said, or that the budget kept it from being asked, as then."""
        note = recorded.analysis.note if recorded.analysis is not None else ""
        if note.startswith(NOT_ASKED):
            return Review(None, why=note)
        return review(self._services, subject, lessons)

    def _note_program(self, experiment: Experiment) -> None:
        digest = experiment.notes.get("program_hash")
        if isinstance(digest, str):
            self._duplicates.add(digest, experiment.experiment_id)

    def _round_zero(self, recorded: Experiment) -> Experiment:
        backend = self._services.domain.backends[self._services.backend]
        # RUN.s0, RUN.s1, ... are the seeds in order, RUN.b0, ... the baselines.
        number = int(recorded.experiment_id.rpartition(".")[2][1:])
        programs = list((backend.baselines if recorded.candidate.origin == "baseline" else backend.seeds).values())
        files = dict(programs[number]) if number < len(programs) else {}
        candidate = replace(recorded.candidate, files=files)
        climb = candidate.origin == "seed"
        measured = self._services.evaluator.evaluate(self._services.context, candidate, climb=climb)
        if not climb:
            self._services.evaluator.set_baseline(recorded)
        return replace(
            recorded,
            candidate=candidate,
            status=measured.status,
            stage=measured.stage,
            score=measured.score,
            executions=measured.executions,
            scores=measured.scores,
            verdicts=measured.verdicts,
            created_at=now(),
        )

    def _difference(
        self, recorded: Experiment, made: Experiment, ticket: Ticket | None, shown: tuple[Used, ...]
    ) -> Difference | None:
        if ticket is not None:
            before, parent = recorded.sampler_data.get("parent"), ticket.selection.parent
            if parent != before:
                return Difference("parent", f"parent {parent or 'none'} instead of {before or 'none'}")
            if shown != recorded.shown:
                return Difference("shown", _other_shown(recorded.shown, shown))
        if made.candidate.parents != recorded.candidate.parents:
            now_, then = ", ".join(made.candidate.parents), ", ".join(recorded.candidate.parents)
            return Difference("parents", f"made from {now_ or 'nothing'} instead of {then or 'nothing'}")
        if dict(made.candidate.files) != dict(recorded.candidate.files):
            return Difference("program", _other_line(recorded.candidate, made.candidate))
        return self._other_result(recorded, made) or _other_report(recorded, made)

    def _other_result(self, recorded: Experiment, made: Experiment) -> Difference | None:
        why = ""
        if any(execution.truncated for execution in (*recorded.executions, *made.executions)):
            why = " (a limit cut the execution short, which does not repeat)"
        elif self._services.domain.objective.noisy:
            why = " (the objective is noisy)"
        if made.status != recorded.status:
            said = next((e.error for e in (*made.executions, *recorded.executions) if e.error), "")
            return Difference("status", f"{made.status} instead of {recorded.status}{why}{f': {said}' if said else ''}")
        if made.stage != recorded.stage:
            return Difference("stage", f"reached stage {made.stage} instead of {recorded.stage}{why}")
        if (made.value is None) != (recorded.value is None):
            return Difference("value", f"value {made.value} instead of {recorded.value}{why}")
        if made.value is not None and recorded.value is not None:
            tolerance = self._services.domain.objective.tolerance
            if not abs(made.value - recorded.value) <= tolerance:
                within = f", tolerance {tolerance:g}" if tolerance else ""
                return Difference("value", f"value {made.value!r} instead of {recorded.value!r}{within}{why}")
        return None


def _with_data(recorded: Experiment, made: Experiment) -> Experiment:
    if len(recorded.executions) != len(made.executions):
        return recorded
    pairs = zip(recorded.executions, made.executions, strict=True)
    return replace(
        recorded,
        executions=tuple(replace(then, outputs=now_.outputs, emitted=now_.emitted) for then, now_ in pairs),
    )


def _other_report(recorded: Experiment, made: Experiment) -> Difference | None:
    then, now_ = recorded.analysis, made.analysis
    if then == now_:
        return None
    if then is None or now_ is None:
        return Difference("analysis", "an analysis that was not there" if then is None else "no analysis any more")
    if then.summary != now_.summary:
        return Difference("analysis", f"the analysis says {now_.summary!r} instead of {then.summary!r}")
    if (then.parts, then.author, then.note) != (now_.parts, now_.author, now_.note):
        return Difference("analysis", "the model's report is another one")
    return Difference("analysis", "the analysis draws other lessons or tags")


def _other_shown(then: tuple[Used, ...], now_: tuple[Used, ...]) -> str:
    gone = [f"{used.kind} {used.ref_id}" for used in then if used not in now_]
    new = [f"{used.kind} {used.ref_id}" for used in now_ if used not in then]
    if not gone and not new:
        return "was shown the same in another order"
    return f"was shown {', '.join(new) or 'less'} instead of {', '.join(gone) or 'nothing'}"


def _other_line(then: Candidate, now_: Candidate) -> str:
    for path in sorted({*then.files, *now_.files}):
        old, new = then.files.get(path), now_.files.get(path)
        if old is None or new is None:
            return f"the file {path} is {'new' if old is None else 'missing'}"
        lines, others = old.splitlines(), new.splitlines()
        for number in range(max(len(lines), len(others))):
            before = lines[number].strip() if number < len(lines) else "nothing"
            after = others[number].strip() if number < len(others) else "nothing"
            if before != after:
                return f"line {number + 1} of {path} is `{after}` instead of `{before}`"
    return "another program: only spaces differ"
