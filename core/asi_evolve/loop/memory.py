"""What a run knows while it runs: history, sampler and proposer state, lessons. Changed in two places only.

``begin`` is called when a round starts and ``integrate`` when it ends; both under the run's lock. Everything
here can be rebuilt from the recorded experiments in completion order, which is what resume and fork do.
"""

from __future__ import annotations

import contextlib
import json
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import numpy as np

from asi_evolve.cognition import Embedder, HashingEmbedder
from asi_evolve.domain import Stage
from asi_evolve.history import Entry, History
from asi_evolve.loop.experience import DECIDED, Decision, Experience, Turn
from asi_evolve.loop.ladder import Ladder
from asi_evolve.loop.lessons import SUBJECTS, FrozenLessons, LessonBook
from asi_evolve.loop.randomness import round_rng
from asi_evolve.proposers.protocol import Proposer
from asi_evolve.records import Execution, Experiment, Json
from asi_evolve.sampling.protocol import Sampler, Selection
from asi_evolve.store import Queries

#: Whole records kept in memory; older ones are read from the store when a round needs them.
_CACHED = 256
#: Lessons that a round is given to choose from.
_LESSONS = 64


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a round knew when it began. Nothing that happens later reaches the round."""

    number: int
    experiment_id: str
    selection: Selection
    proposer_state: Mapping[str, Any]
    lessons: FrozenLessons
    known: int
    """Experiments that had been taken in."""
    ranked: Mapping[str, int] = field(default_factory=dict)
    """Stage -> experiments that a promotion there is ranked among."""


class RunMemory:
    """The in-memory side of a run. Not thread-safe: callers hold the run's lock.

    Args:
        store: Where whole records are read from.
        run_id, seed: Of the run.
        sampler, proposer: Pure functions; their states are kept here.
        stages: The domain's stages in order.
        embedder: Compares lessons that models told; the one that needs nothing if None.
    """

    def __init__(
        self,
        store: Queries,
        run_id: str,
        seed: int,
        sampler: Sampler,
        proposer: Proposer,
        stages: tuple[Stage, ...],
        embedder: Embedder | None = None,
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._seed = seed
        self._sampler = sampler
        self._proposer = proposer
        self._sampler_state = sampler.init()
        self._proposer_state = proposer.init()
        self._cache: OrderedDict[str, Experiment] = OrderedDict()
        self.history = History(self.load, tuple(stage.name for stage in stages))
        self.ladder = Ladder(stages)
        self.lessons = LessonBook()
        self.experience = Experience(lambda: embedder if embedder is not None else HashingEmbedder())
        self.turns: list[Turn] = []
        """Items of experience that were retired or returned and are still to be noted; emptied by who notes them."""
        self._decisions = decisions(store, run_id)

    def state(self) -> dict[str, Json]:
        """What the store saves with each experiment."""
        return {"sampler": self._sampler_state, "proposer": self._proposer_state}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Put back what :meth:`state` gave."""
        self._sampler_state, self._proposer_state = state["sampler"], state["proposer"]

    def load(self, experiment_id: str) -> Experiment:
        """A whole record, from memory or from the store (without its arrays).

        The store gives what was recorded at once, committed or not, so nobody waits for a commit here.
        """
        cached = self._cache.get(experiment_id)
        if cached is None:
            cached = self._remember(self._store.experiment(experiment_id))
        return cached

    def begin(self, number: int) -> Ticket:
        """Choose the parent of round ``number`` and freeze what it may know."""
        self._decide(len(self.history))
        selection = Selection(None)
        if self._proposer.uses_parent:
            selection = self._select(number)
            if selection.parent is not None:
                self.history.visit(selection.parent)
        return Ticket(
            number,
            f"{self._run_id}.{number}",
            selection,
            self._proposer_state,
            FrozenLessons(self.lessons.recall(_LESSONS), self.experience.recall(_LESSONS)),
            len(self.history),
            self.ladder.counts(),
        )

    def give_up(self, ticket: Ticket) -> None:
        """Undo the visit of a round that will not be recorded."""
        if ticket.selection.parent is not None:
            self.history.visit(ticket.selection.parent, -1)

    def integrate(self, experiment: Experiment) -> Entry:
        """Take a finished experiment in, and let sampler and proposer learn from it."""
        self._remember(experiment)
        return self._learn(experiment)

    def restore(self, entries: Iterable[Entry], state: Mapping[str, Any]) -> None:
        """Set up from the store at resume: history from ``entries``, states as they were saved."""
        for entry in entries:
            self.history.append(entry)
            if entry.round > 0 and self._proposer.uses_parent:
                self._revisit(entry)
        self._sampler_state = json.loads(json.dumps(state.get("sampler", self._sampler.init())))
        self._proposer_state = json.loads(json.dumps(state.get("proposer", self._proposer.init())))
        self.lessons.add(self._store.recent_lessons(self._run_id, SUBJECTS))
        for place, experiment_id, lessons, tags in self._store.told_lessons(self._run_id):
            self._decide(place)
            self.experience.take(experiment_id, lessons, tags)
        if self.ladder.ranks:
            self._restore_ladder()

    def rounds_done(self, interrupted: Sequence[int]) -> tuple[int, int, tuple[int, ...]]:
        """How many rounds are done, the highest number taken so far, and those below it that are still to be done.

        Numbers are taken in order, so each one below the highest that is not done was cut off, now or before an earlier
        resume that did not come to it.
        """
        rounds = self.history.rounds
        done = np.unique(rounds[rounds > 0])
        highest = max([0, *interrupted, int(done[-1]) if len(done) else 0])
        left = np.setdiff1d(np.arange(1, highest + 1), done, assume_unique=True)
        return len(done), highest, tuple(left.tolist())

    def round_zero(self) -> tuple[str, ...]:
        """Ids of the seeds and baselines that are recorded."""
        return tuple(self.history.id_of(int(index)) for index in np.flatnonzero(self.history.rounds == 0))

    def _restore_ladder(self) -> None:
        sql = """SELECT e.seq, e.status, e.stage, x.stage, s.value, s.valid FROM experiments e
                 JOIN executions x ON x.seq = e.seq
                 JOIN scores s ON s.seq = e.seq AND s.position = x.position
                 WHERE e.run_id = ? AND e.seq IS NOT NULL ORDER BY e.seq, x.position"""
        columns = [column.to_pylist() for column in self._store.table(sql, [self._run_id]).columns]
        for (_, status, last), rows in groupby(zip(*columns, strict=True), key=lambda row: row[:3]):
            self.ladder.add_replicates([(row[3], row[4] if row[5] else None) for row in rows], status, last)

    def replay(self, experiments: Iterable[Experiment]) -> None:
        """Set up by going through recorded rounds in completion order (exact for runs with one worker)."""
        for experiment in experiments:
            self._remember(experiment)
            if experiment.round > 0 and self._proposer.uses_parent:
                self._select(experiment.round)
                self._revisit(Entry.of(experiment, len(self.history)))
            self._learn(experiment)

    def _select(self, number: int) -> Selection:
        rng = round_rng(self._seed, number, "sample")
        selection, self._sampler_state = self._sampler.select(self._sampler_state, self.history, rng)
        return selection

    def _revisit(self, entry: Entry) -> None:
        # The sampled parent is recorded: a proposer may have named other parents for its program.
        sampled = entry.sampler_data.get("parent", entry.parents[0] if entry.parents else None)
        if isinstance(sampled, str) and sampled in self.history:
            self.history.visit(sampled)

    def _learn(self, experiment: Experiment) -> Entry:
        entry = Entry.of(experiment, len(self.history))
        self.history.append(entry)
        self.ladder.add(experiment)
        self._sampler_state = self._sampler.update(self._sampler_state, self.history, entry.index)
        parents = experiment.candidate.parents
        parent = self.load(parents[0]) if parents and parents[0] in self.history else None
        self._proposer_state = self._proposer.update(self._proposer_state, experiment, parent)
        if experiment.analysis is not None:
            report = experiment.analysis
            self.lessons.add(report.lessons)
            self._decide(entry.index)
            self.turns += self.experience.take(experiment.experiment_id, report.lessons, report.tags)
        return entry

    def _decide(self, known: int) -> None:
        """What a person decided when ``known`` experiments, or fewer, were taken in."""
        while self._decisions and self._decisions[0][0] <= known:
            _, lesson_id, decision = self._decisions.popleft()
            with contextlib.suppress(KeyError):  # an item that is no longer kept
                self.experience.decide(lesson_id, decision)

    def _remember(self, experiment: Experiment) -> Experiment:
        slim = replace(experiment, executions=tuple(_without_data(e) for e in experiment.executions))
        self._cache[experiment.experiment_id] = slim
        while len(self._cache) > _CACHED:
            self._cache.popitem(last=False)
        return slim


def decisions(store: Queries, run_id: str) -> deque[tuple[int, str, Decision]]:
    """What people decided on items of experience: experiments taken in until then, lesson id, decision; in order."""
    data = [event["data"] for event in store.events(run_id) if event["kind"] == DECIDED]
    return deque((int(one["known"]), str(one["lesson_id"]), one["decision"]) for one in data)


def _without_data(execution: Execution) -> Execution:
    return replace(execution, outputs=None, emitted=())
