"""The model's report on an experiment: asked for outside the run's lock, joined to the measured facts inside it.

The five parts follow ASI-Evolve's analyzer (arXiv 2603.29640): design, results against expectation, comparison,
explanation, lessons. What can be measured stays with :class:`RuleAnalyzer`: the model's words stand beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from typing import Any

from asi_evolve.analysis import shown
from asi_evolve.analysis.facts import failure, gather
from asi_evolve.analysis.report import SCHEMA, Report, ToldLesson, parse_report
from asi_evolve.analysis.rules import RuleAnalyzer
from asi_evolve.analysis.spread import measure
from asi_evolve.budget import BudgetReached
from asi_evolve.domain import Domain
from asi_evolve.errors import ModelError
from asi_evolve.history import History
from asi_evolve.llm.asking import Model, ask_for
from asi_evolve.llm.fencing import Fence, environment, tidy
from asi_evolve.llm.objects import AnswerError
from asi_evolve.llm.protocol import Message, Request
from asi_evolve.records import Analysis, Experiment, Json, Lesson
from asi_evolve.source.blocks import BlockBook
from asi_evolve.source.tree import SourceError

#: The most that one experiment can prove, and the most where the measurement speaks against the lesson.
MOST_CONFIDENCE, AGAINST_CONFIDENCE = 0.8, 0.3
#: Lessons that the model is shown.
KNOWN_LESSONS = 16
#: How a note begins where the budget, and not a model, is the reason that there is no report.
NOT_ASKED = "not asked: "
_UNSCALED = 0.5
_TEMPLATES = ("system", "review")


@dataclass(frozen=True, slots=True)
class Companions:
    """What an experiment is compared with, all as they were known when it began."""

    parent: Experiment | None
    sibling: Experiment | None
    """The best other child of the parent."""
    best: Experiment | None
    """The best of the run, if it is none of the two."""
    best_value: float | None
    """Its value."""


def companions(experiment: Experiment, history: History) -> Companions:
    """Who is beside an experiment. Depends on nothing that came after it began, so that it repeats."""
    known = experiment.known or 0
    parents = experiment.candidate.parents
    parent = parents[0] if parents and parents[0] in history else ""
    sibling = history.best_of(known, parent, experiment.experiment_id) if parent else None
    best = history.best_of(known)
    named = {parent, sibling.experiment_id if sibling is not None else ""}
    return Companions(
        history.experiment(parent) if parent else None,
        history.experiment(sibling.experiment_id) if sibling is not None else None,
        history.experiment(best.experiment_id) if best is not None and best.experiment_id not in named else None,
        best.value if best is not None else None,
    )


@dataclass(frozen=True, slots=True)
class Review:
    """What came of asking."""

    report: Report | None
    author: str = ""
    why: str = ""
    """Why there is no report, in one line."""
    ids: Mapping[str, str] | None = None
    """Lesson ids as they were shown -> as they are."""


class Reviewer:
    """Asks a model for its report. Never raises for what a model does: the facts are recorded without it then.

    Args:
        domain: Task and objective.
        backend: One of its backends, for its blocks' names.
        model: Who is asked.
        max_tokens: Ceiling for one answer.
    """

    def __init__(self, domain: Domain, backend: str, model: Model, *, max_tokens: int) -> None:
        self._domain = domain
        self._entry = domain.backends[backend].entry
        self._model = model
        self._max_tokens = max_tokens
        self._book: BlockBook | None = None
        try:
            self._book = BlockBook(domain.slots, domain.backends[backend].blocks)
        except SourceError:
            self._book = None  # as in the rule-based analyzer: they only cost their names

    def review(self, experiment: Experiment, beside: Companions, lessons: tuple[Lesson, ...], seed: int) -> Review:
        """The model's report on a finished experiment.

        Args:
            experiment: Executed; with its emissions, from which the curves are.
            beside: See :func:`companions`.
            lessons: Known ones, which the model may say are contradicted; the first 16 are shown.
            seed: For the codes of fences.
        """
        lessons = lessons[:KNOWN_LESSONS]
        ids = {_handle(lesson.lesson_id, experiment): lesson.lesson_id for lesson in lessons}
        request = self.request(experiment, beside, lessons, seed)
        # An answer that was paid for before the round was cut off is of use for the same program only.
        about: dict[str, Json] = {"program": experiment.notes.get("program_hash")}
        try:
            read = ask_for(self._model, experiment.experiment_id, "analyze", request, about, parse_report)
        except BudgetReached as reached:
            return Review(None, why=f"{NOT_ASKED}{reached}")
        except (AnswerError, ModelError) as error:
            return Review(None, why=" ".join(str(error).split()))
        return Review(read.value, read.author, ids=ids)

    def request(self, experiment: Experiment, beside: Companions, lessons: tuple[Lesson, ...], seed: int) -> Request:
        """The question. At most about 80,000 characters beside the domain's task, whatever the experiment holds."""
        facts = gather(self._domain, self._entry, self._book, experiment, beside.parent, None)
        failed = failure(experiment)
        text = self._templates["review"].render(
            domain=self._domain,
            experiment=experiment,
            parent=beside.parent,
            sibling=beside.sibling,
            best=beside.best,
            lessons=lessons,
            to_parent=_above(experiment.value, beside.parent.value if beside.parent is not None else None),
            to_best=_above(experiment.value, beside.best_value),
            truncated=facts.truncated and experiment.valid,
            changes="\n".join(change.text for change in facts.changes[:40]),
            metrics=shown.metrics(experiment, {"parent": beside.parent, "best": beside.best}),
            curves=shown.curves(experiment),
            log=shown.log(experiment),
            error=failed[1] if failed is not None else "",
            difference=shown.difference(beside.parent, experiment) if beside.parent is not None else "",
            fence=(fence := Fence(seed, experiment.run_id)),
            program=lambda one, most: shown.program(one, most, fence),
            handle=lambda ref: _handle(ref, experiment),
            most_program=shown.MAX_PROGRAM,
            most_other=shown.MAX_OTHER,
            most_diff=shown.MAX_DIFF,
            most_log=shown.MAX_LOG,
        )
        return Request(
            system=self._system,
            messages=(Message("user", tidy(text)),),
            max_tokens=self._max_tokens,
            schema=SCHEMA,
            round=_handle(experiment.experiment_id, experiment),
        )

    @cached_property
    def _system(self) -> str:
        return tidy(self._templates["system"].render(domain=self._domain))

    @cached_property
    def _templates(self) -> dict[str, Any]:
        folder = files("asi_evolve.analysis").joinpath("templates")
        made = environment({name: folder.joinpath(f"{name}.j2").read_text(encoding="utf-8") for name in _TEMPLATES})
        return {name: made.get_template(name) for name in _TEMPLATES}


class Reviewed:
    """The rule-based analyzer with a model's report beside its facts: an ``AnalyzerService`` for one experiment."""

    def __init__(self, rules: RuleAnalyzer, review: Review) -> None:
        self._rules, self._review = rules, review

    def analyze(
        self,
        experiment: Experiment,
        parent: Experiment | None,
        best: Experiment | None,
        history: History,
        lessons: tuple[Lesson, ...],
    ) -> Analysis:
        """The measured facts, then what the model says; the facts alone, with the reason, if it says nothing."""
        measured = self._rules.analyze(experiment, parent, best, history, lessons)
        report = self._review.report
        if report is None:
            return replace(measured, note=self._review.why)
        size, moved = _UNSCALED, 0
        if not experiment.valid:
            size, moved = 1.0, -1
        elif parent is not None and parent.value is not None and experiment.value is not None:
            difference = experiment.value - parent.value
            units = abs(measure(history).units(difference))
            moved = 1 if "improved" in measured.tags else -1 if "regressed" in measured.tags else 0
            size = min(units, 1.0) or _UNSCALED
        evidence = (experiment.experiment_id, *((parent.experiment_id,) if parent is not None else ()))
        ids = self._review.ids or {}
        told = tuple(_lesson(one, evidence, size, moved, ids) for one in report.lessons)
        return replace(measured, lessons=(*measured.lessons, *told), parts=report.parts, author=self._review.author)


def _lesson(told: ToldLesson, evidence: tuple[str, ...], size: float, moved: int, ids: Mapping[str, str]) -> Lesson:
    sign = {"helps": 1, "hurts": -1, "unclear": 0}[told.direction]
    most = AGAINST_CONFIDENCE if sign * moved < 0 else MOST_CONFIDENCE
    return Lesson(
        text=told.text,
        confidence=round(min(told.confidence, most), 3),
        about=told.tags[0] if told.tags else "general",
        evidence=evidence,
        effect=sign * size,
        origin="model",
        tags=told.tags,
        contradicts=tuple(dict.fromkeys(ids[name] for name in told.contradicts if name in ids)),
    )


def _above(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


def _handle(ref_id: str, experiment: Experiment) -> str:
    """An id as prompts show it: without the run's own name, so that the same run asks the same question twice."""
    return ref_id.removeprefix(f"{experiment.run_id}.")
