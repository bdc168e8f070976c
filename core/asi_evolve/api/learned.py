"""The items of experience of a recorded run, and what people decide on them."""

from __future__ import annotations

from asi_evolve.cognition import Embedder, HashingEmbedder, make_embedder
from asi_evolve.config import from_json
from asi_evolve.errors import NotFoundError, did_you_mean
from asi_evolve.loop.experience import DECIDED, Decision, Experience, Item
from asi_evolve.loop.memory import decisions
from asi_evolve.records import CognitionItem
from asi_evolve.store import Queries, Store


def learned(store: Queries, run_id: str) -> tuple[Item, ...]:
    """The items as they stand, the oldest first, retired ones too: made of the recorded lessons, as in the run."""
    settings = from_json(store.run_info(run_id).config).cognition

    def embedder() -> Embedder:
        return make_embedder(settings.embedder, {}) if settings.enabled else HashingEmbedder()

    experience = Experience(embedder)
    for _, experiment_id, lessons, tags in store.told_lessons(run_id):
        experience.take(experiment_id, lessons, tags)
    for _, lesson_id, decision in decisions(store, run_id):
        if any(item.lesson.lesson_id == lesson_id for item in experience.items):
            experience.decide(lesson_id, decision)
    return experience.items


def decide(store: Store, lesson_id: str, decision: Decision) -> Item:
    """Retire or restore an item of a run; it holds from the run's next resume on.

    Raises:
        NotFoundError: There is no such item.
    """
    run_id = store.resolve_run(lesson_id.partition(".")[0])
    wanted = f"{run_id}.{lesson_id.partition('.')[2]}"
    ids = [item.lesson.lesson_id for item in learned(store, run_id)]
    if wanted not in ids:
        near = did_you_mean(wanted, ids) or f"; `asievolve cognition learned {run_id}` lists them"
        raise NotFoundError(f"run {run_id} has no item of experience {lesson_id!r}{near}")
    [known] = store.table("SELECT count(seq) n FROM experiments WHERE run_id = ?", [run_id])["n"].to_pylist()
    store.event(run_id, DECIDED, {"lesson_id": wanted, "decision": decision, "known": known}).result()
    return next(item for item in learned(store, run_id) if item.lesson.lesson_id == wanted)


def copy_decisions(store: Store, source: str, new: str) -> None:
    """What people decided on the run that a fork was made from holds for the fork too, as far as it was copied."""
    [copied] = store.table("SELECT count(seq) n FROM experiments WHERE run_id = ?", [new])["n"].to_pylist()
    for known, lesson_id, decision in decisions(store, source):
        if known <= copied:
            data = {"lesson_id": lesson_id.replace(f"{source}.", f"{new}.", 1), "decision": decision, "known": known}
            store.event(new, DECIDED, data)


def as_cognition(items: tuple[Item, ...], run_id: str) -> tuple[CognitionItem, ...]:
    """Items that are not retired, as knowledge for other runs: with the run and its experiments as their source."""
    return tuple(
        CognitionItem(
            item_id=item.lesson.lesson_id,
            title=item.lesson.text if len(item.lesson.text) <= 80 else item.lesson.text[:77] + "...",
            insight=f"{item.lesson.text} (confidence {item.confidence:.2f})",
            source=f"run {run_id}, experiments {', '.join(item.pro[:12])}"
            + (f"; against it: {', '.join(item.against[:12])}" if item.against else ""),
            tags=item.lesson.tags,
            origin="experience",
        )
        for item in items
        if not item.retired
    )
