"""From papers on disk to knowledge items of a domain: distilled by a model, or extracted without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from asi_evolve.api.models import choose_models
from asi_evolve.budget import Budget, BudgetReached, Meter
from asi_evolve.cognition import Embedder, KnowledgeBase
from asi_evolve.cognition.papers import Distiller, Paper, extract, passages
from asi_evolve.config import Settings
from asi_evolve.domain import Domain
from asi_evolve.errors import ModelError, ModelUnavailableError
from asi_evolve.llm.asking import Model
from asi_evolve.llm.builtin import Models
from asi_evolve.llm.objects import AnswerError
from asi_evolve.plugins import load_plugins
from asi_evolve.records import CognitionItem
from asi_evolve.store import Store

#: Cosine similarity from which an item says what another one says already.
SAME = 0.9
#: The name under which the questions are recorded; no run has it.
CALLS = "cognition"


@dataclass(frozen=True, slots=True)
class Repeated:
    """An item that is left out, because another one says the same."""

    item: CognitionItem
    of: str
    """Id of the other one."""


@contextmanager
def distiller(settings: Settings, domain: Domain, store: Store, tell: Callable[[str], None]) -> Iterator[Distiller]:
    """A distiller with the model that the settings name; each answer is recorded, and a passage is paid for once.

    ``tell`` is given a line with the model and its price.

    Raises:
        UsageError: There is no such model, or it has no key.
    """
    plugins = load_plugins(settings.plugin, builtins=[("asi_evolve.llm", Models())], disabled=settings.plugins.disable)
    models = choose_models(settings, plugins)
    try:
        tell(f"model {models.main.name} ({models.main.cost})")
        meter = Meter(Budget(usd=settings.budget.usd, tokens=settings.budget.tokens))
        model: Model = models.service(CALLS, meter, store, store.llm_calls(CALLS, unfinished=True), lambda event: None)
        yield Distiller(model, domain.title, domain.task_markdown, max_tokens=settings.model.max_tokens)
    finally:
        models.close()


def items_of(
    papers: Sequence[Paper], domain: Domain, by: Distiller | None, tell: Callable[[str], None]
) -> list[CognitionItem]:
    """The items of papers, in order; ``tell`` is given a line for each passage that could not be distilled.

    Raises:
        ModelUnavailableError: No further question can succeed.
    """
    if by is None:
        task = f"{domain.title}\n{domain.task_markdown}"
        return [item for paper in papers for item in _extracted(paper, task)]
    found: list[CognitionItem] = []
    for paper in papers:
        parts = passages(paper)
        for number, passage in enumerate(parts, start=1):
            place = f"{paper.name}, passage {number} of {len(parts)}"
            try:
                found += by.items(passage)
            except BudgetReached as reached:
                tell(f"{place}: {reached}; the rest was not asked about")
                return found
            except ModelUnavailableError:
                raise
            except (AnswerError, ModelError) as error:
                tell(f"{place}: {' '.join(str(error).split())}")
    return found


def _extracted(paper: Paper, task: str) -> tuple[CognitionItem, ...]:
    parts = passages(paper)
    if paper.entries:
        return tuple(item for passage in parts for item in extract([passage], task, most=1))
    return extract(parts, task)


def new_ones(
    items: Iterable[CognitionItem], known: Iterable[CognitionItem], embedder: Embedder
) -> tuple[list[CognitionItem], list[Repeated]]:
    """Those that say something new, and those that repeat a known one or an earlier one of theirs."""
    base = KnowledgeBase(known, embedder)
    fresh: list[CognitionItem] = []
    repeated: list[Repeated] = []
    for item in items:
        near = base.search(f"{item.title}\n{item.title}\n{item.insight}\n{' '.join(item.tags)}", 1)
        if item.item_id in base:
            repeated.append(Repeated(item, item.item_id))
        elif near and near[0][1] >= SAME:
            repeated.append(Repeated(item, near[0][0].item_id))
        else:
            base.add(item)
            fresh.append(item)
    return fresh, repeated
