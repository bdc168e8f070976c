"""The knowledge base finds the item that a query is about, exactly and in a stable order."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from asi_evolve.cognition import HashingEmbedder, KnowledgeBase
from asi_evolve.errors import UsageError
from asi_evolve.records import CognitionItem


def item(item_id: str, title: str, insight: str, *tags: str) -> CognitionItem:
    return CognitionItem(item_id, title, insight, "Someone 2020", tags)


ITEMS = (
    item("hex", "Hexagonal lattice start", "Rows shifted by half a step give the densest regular packing.", "initial"),
    item("slsqp", "Sequential quadratic programming", "Move centres and radii together under distance constraints."),
    item("anneal", "Simulated annealing", "Accept worse moves with a falling temperature to leave local optima."),
    item("lp", "Radii by linear programming", "With fixed centres the best radii solve a linear program.", "radii"),
    item("warmup", "Learning rate warm-up", "Raise the step size slowly at the start of training a transformer."),
    item("dedup", "Near-duplicate removal", "Hash shingles of documents and drop those that collide."),
)


def base() -> KnowledgeBase:
    return KnowledgeBase(ITEMS, HashingEmbedder())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("initialise circles on a hexagonal lattice", "hex"),
        ("optimal radii for fixed centres with a linear program", "lp"),
        ("annealing temperature schedule to escape local optima", "anneal"),
        ("quadratic programming with constraints", "slsqp"),
        ("remove duplicate documents", "dedup"),
        ("warm up the learning rate", "warmup"),
    ],
)
def test_a_query_about_a_topic_finds_its_item_above_the_others(query: str, expected: str) -> None:
    found = base().search(query, 3)
    assert len(found) == 3
    assert found[0][0].item_id == expected
    assert found[0][1] > 1.5 * found[1][1]


def test_search_is_the_exact_cosine() -> None:
    knowledge = base()
    embedder = HashingEmbedder()
    query = "packing circles: lattice or annealing?"
    found = knowledge.search(query, 100)
    assert len(found) == len(ITEMS)
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    by_id = {i.item_id: score for i, score in found}
    assert knowledge.similarities(query).tolist() == pytest.approx([by_id[i.item_id] for i in ITEMS])
    same = embedder.embed([query])[0]
    assert float(same @ same) == pytest.approx(1.0)


def test_equal_items_come_in_the_order_in_which_they_were_added() -> None:
    copies = [item(f"copy{i}", "Lattice", "Same words in each.") for i in range(37)]
    knowledge = KnowledgeBase([ITEMS[2], *copies], HashingEmbedder())
    assert [i.item_id for i, _ in knowledge.search("lattice words", 37)] == [f"copy{i}" for i in range(37)]


def test_nothing_is_found_for_no_words_no_items_or_no_places() -> None:
    assert base().search("", 3) == ()
    assert base().search("lattice", 0) == ()
    assert KnowledgeBase((), HashingEmbedder()).search("lattice", 3) == ()
    assert KnowledgeBase((), HashingEmbedder()).similarities("lattice").shape == (0,)


def test_added_items_are_found_and_got() -> None:
    knowledge = base()
    new = item("l1", "Symmetry breaking", "Perturb mirrored layouts before polishing.")
    knowledge.add(new)
    assert len(knowledge) == 7
    assert "l1" in knowledge
    assert knowledge.get("l1") is new
    assert knowledge.items[-1] is new
    assert knowledge.search("break the mirror symmetry", 1)[0][0] is new


def test_unknown_and_repeated_ids() -> None:
    knowledge = base()
    with pytest.raises(KeyError, match="did you mean 'anneal'"):
        knowledge.get("aneal")
    with pytest.raises(UsageError, match="'hex' is there already"):
        knowledge.add(ITEMS[0])
    with pytest.raises(UsageError, match="'new' is there already"):
        knowledge.extend([item("new", "a", "b"), item("new", "c", "d")])
    assert len(knowledge) == 6  # all or none
    with pytest.raises(UsageError):
        KnowledgeBase([ITEMS[0], ITEMS[0]], HashingEmbedder())


def test_adding_and_searching_from_many_threads() -> None:
    knowledge = base()
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for i in range(40):
                knowledge.add(item(f"t{number}.{i}", f"Topic {number} {i}", "Filler text."))
                assert knowledge.search("hexagonal lattice start", 1)[0][0].item_id == "hex"
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(knowledge) == 6 + 160
    for number in range(4):
        assert knowledge.search(f"topic {number} 39", 200)
    embedder = HashingEmbedder()
    for stored in knowledge.items[6:20]:  # each vector is beside its own item
        found = knowledge.search(f"{stored.title}\n{stored.title}\n{stored.insight}", 1)
        assert found[0][0].item_id == stored.item_id
        assert found[0][1] == pytest.approx(1.0, abs=1e-5)
    assert embedder.dim == 512


def test_search_of_ten_thousand_items_is_quick() -> None:
    class Given:
        name, dim = "given", 384

        def embed(self, texts: list[str]) -> np.ndarray:
            rng = np.random.default_rng(len(texts))
            vectors = rng.normal(size=(len(texts), 384)).astype(np.float32)
            return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    many = [CognitionItem(f"i{i}", "t", "i", "s") for i in range(10_000)]
    knowledge = KnowledgeBase(many, Given())  # type: ignore[arg-type]
    times = []
    for _ in range(5):
        start = time.perf_counter()
        knowledge.search("x", 5)
        times.append(time.perf_counter() - start)
    assert sorted(times)[2] < 0.05
