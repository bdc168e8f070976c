"""Knowledge items without a model: the sentences of a paper that bear most on the task, word for word, with page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import numpy as np

from asi_evolve.cognition.hashing import HashingEmbedder, words_of
from asi_evolve.cognition.papers.passages import Passage
from asi_evolve.records import CognitionItem

#: Items of one paper, at most; letters of a sentence; how much nearness to the task counts beside that to the paper.
ITEMS, SHORTEST, LONGEST, TASK = 8, 60, 500, 2.0

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(])")


def extract(passages: Iterable[Passage], task: str, most: int = ITEMS) -> tuple[CognitionItem, ...]:
    """The most telling sentences, in the order of the paper.

    A sentence counts by its cosine similarity to the paper as a whole plus twice that to ``task``, with the hashing
    embedder; one that repeats an earlier one is left out.
    """
    rows = [
        (passage, where, " ".join(sentence.split()))
        for passage in passages
        for where, text in passage.parts
        for sentence in _SENTENCE.split(text)
    ]
    rows = [row for row in rows if SHORTEST <= len(row[2]) <= LONGEST and len(words_of(row[2])) >= 6]
    if not rows:
        return ()
    embedder = HashingEmbedder()
    vectors = embedder.embed([row[2] for row in rows])
    middle = vectors.mean(axis=0)
    scores = np.round(vectors @ middle + TASK * (vectors @ embedder.embed([task])[0]), 5)
    chosen: list[int] = []
    for place in np.argsort(-scores, kind="stable"):
        if len(chosen) == most:
            break
        if all(float(vectors[place] @ vectors[other]) < 0.8 for other in chosen):
            chosen.append(int(place))
    return tuple(_item(*rows[place]) for place in sorted(chosen))


def _item(passage: Passage, where: str, sentence: str) -> CognitionItem:
    words = sentence.split()
    title = " ".join(words[:10]) + ("..." if len(words) > 10 else "")
    return CognitionItem(item_id(passage, sentence), title, sentence, f"{passage.citation}, {where}", ("extract",))


def item_id(passage: Passage, text: str) -> str:
    """A stable id: the file's name and six digits of what the item says."""
    stem = re.sub(r"[^a-z0-9]+", "-", passage.paper.lower().rpartition(".")[0]).strip("-")[:40] or "paper"
    return f"{stem}-{hashlib.sha256(f'{passage.citation}{text}'.encode('utf-8', 'replace')).hexdigest()[:6]}"
