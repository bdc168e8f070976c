"""The rule-based analyzer: compares, names the cause where only one thing changed, and writes lessons."""

from __future__ import annotations

from asi_evolve.analysis.facts import Facts, failure, gather
from asi_evolve.analysis.lessons import lessons_of
from asi_evolve.analysis.spread import Scale, measure
from asi_evolve.domain import Domain
from asi_evolve.history import History
from asi_evolve.records import Analysis, Experiment, Lesson
from asi_evolve.source.blocks import BlockBook
from asi_evolve.source.tree import SourceError

#: Experiments without a new best after which the search is called stuck.
PLATEAU = 12
#: Smaller movements of a metric are rounding.
_FLOAT_NOISE = 1e-12


class RuleAnalyzer:
    """Reports without a language model. Deterministic and without state.

    Args:
        domain: The domain, for its slots and its objective.
        backend: One of its backends, for its blocks' names.
    """

    def __init__(self, domain: Domain, backend: str) -> None:
        self._domain = domain
        self._entry = domain.backends[backend].entry
        self._book: BlockBook | None = None
        try:
            self._book = BlockBook(domain.slots, domain.backends[backend].blocks)
        except SourceError:
            self._book = None  # Blocks that do not parse only cost their names here.

    def analyze(
        self,
        experiment: Experiment,
        parent: Experiment | None,
        best: Experiment | None,
        history: History,
        lessons: tuple[Lesson, ...],
    ) -> Analysis:
        """The report on ``experiment``; ``best`` is the best before it, ``lessons`` are known already.

        Returns:
            A summary of one to four sentences, lessons on the blocks, slots and constants that changed, and tags:
            ``new_best, improved, neutral, regressed`` or how it failed; ``no_change, truncated, plateau, first``.
        """
        facts = gather(self._domain, self._entry, self._book, experiment, parent, best)
        scale = measure(history)
        held = self._book.identify(experiment.candidate.files.get(self._entry, "")) if self._book is not None else {}
        sentences, tags = self._judge(facts, scale)
        found = lessons_of(facts, scale, held, history, lessons, facts.same(self._domain.objective.tolerance))
        if facts.truncated and experiment.valid:
            sentences.append("A limit struck and its last report was scored, so the value may not repeat.")
            tags.append("truncated")
        if scale.since_best >= PLATEAU and "new_best" not in tags:
            sentences.append(f"No new best in {scale.since_best + 1} experiments.")
            tags.append("plateau")
        return Analysis(" ".join(sentences[:4]), found, tuple(dict.fromkeys(tags)))

    def _judge(self, facts: Facts, scale: Scale) -> tuple[list[str], list[str]]:
        cause = _cause(facts)
        failed = failure(facts.experiment)
        if failed is not None:
            tag, words = failed
            sentences = [words + "."]
            if cause:
                sentences.append(f"Against {_ref(facts.parent)}: {cause}.")
            return sentences, [tag, "failed"]
        value = facts.experiment.value
        sentences = [f"Scored {_number(value)}{_against_best(facts)}."]
        tags: list[str] = []
        tolerance = facts.same(self._domain.objective.tolerance)
        if facts.best is None:
            tags += ["first", "new_best"]
        elif facts.to_best is not None and facts.to_best > tolerance:
            tags.append("new_best")
        if facts.to_parent is None:
            if facts.parent is not None:
                sentences.append(f"Its parent {_ref(facts.parent)} has no valid score to compare with.")
                tags.append("improved")
            return sentences, tags or ["neutral"]
        if not facts.changes:
            sentences.append(f"Its program does the same as {_ref(facts.parent)}.")
            return sentences, [*tags, "no_change", "neutral"]
        if abs(facts.to_parent) <= tolerance:
            still = "did not move" if facts.noise == 0 else f"moved by {facts.to_parent:+.4g}, less than its noise"
            sentences.append(f"Against {_ref(facts.parent)} the score {still}: {cause}.")
            return sentences, [*tags, "neutral"]
        better = facts.to_parent > 0
        units = scale.units(facts.to_parent)
        size = f"{facts.to_parent:+.6g}" + (f", {units:+.2g} times the run's spread" if units else "")
        sentences.append(f"{'Better' if better else 'Worse'} than {_ref(facts.parent)} by {size}: {cause}.")
        moved = _metrics(facts)
        if moved:
            sentences.append(moved)
        return sentences, [*tags, "improved" if better else "regressed"]


def _cause(facts: Facts) -> str:
    texts = [change.text for change in facts.changes]
    if len(texts) > 4:
        texts = [*texts[:3], f"and {len(texts) - 3} more changes"]
    return "; ".join(texts)


def _against_best(facts: Facts) -> str:
    if facts.best is None:
        return ", the first valid result"
    if facts.to_best is None:
        return ""
    ref = f"{facts.best.experiment_id} ({_number(facts.best.value)})"
    if facts.to_best > 0:
        return f", a new best above {ref} by {facts.to_best:.6g}"
    return f", level with the best {ref}" if facts.to_best == 0 else f", {-facts.to_best:.6g} below the best {ref}"


def _metrics(facts: Facts) -> str:
    """The three metrics that moved most, relative to what they were."""
    parent = facts.parent.score.metrics if facts.parent is not None and facts.parent.score is not None else {}
    moved = [
        (abs(difference) / max(abs(parent[name]), 1e-300), name, difference)
        for name, difference in facts.metrics.items()
        if abs(difference) > _FLOAT_NOISE
    ]
    moved.sort(key=lambda row: (-row[0], row[1]))
    words = ", ".join(f"{name} {difference:+.4g}" for share, name, difference in moved[:3] if share > 0.01)
    return f"Metrics moved: {words}." if words else ""


def _number(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.10g}"


def _ref(experiment: Experiment | None) -> str:
    return experiment.experiment_id if experiment is not None else "nothing"
