"""What a replicate is made of: training batches and questions for the jail, answers for the scorer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from asi_evolve import UsageError
from numpy.typing import NDArray

from asi_evolve_arch_search.scoring import Answers
from asi_evolve_arch_search.tasks import RECALL, VOCABULARY, cloze, made_text, windows

BYTES = 256
#: Bytes that are made where no text is given, and the least that a given text must have.
MADE = 400_000
LEAST = 100_000
#: A given text is used up to here.
MOST = 64_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what a stage trains on and asks."""

    recall_steps: int
    text_steps: int
    recall_batch: int = 32
    recall_length: int = 48
    recall_items: tuple[int, ...] = (2, 4, 8)
    """Drawn for each training batch; the last one is what is asked for."""
    recall_asked: int = 256
    text_batch: int = 16
    text_length: int = 128
    text_asked: int = 1024


def replicate(
    plan: Plan, shape: dict[str, int], task: str, text: NDArray[np.uint8] | None, seed: int
) -> tuple[dict[str, Any], Answers]:
    """``(public, hidden)`` for one seed.

    The tenth of the text that is asked about is not trained on. Initial weights, batches and their order are the same
    for every candidate, so that differences between candidates are paired.
    """
    rng = np.random.default_rng((seed, 7919))
    make = RECALL[task]
    batches = [
        make(rng, plan.recall_batch, plan.recall_length, int(rng.choice(plan.recall_items)))
        for _ in range(plan.recall_steps)
    ]
    asked = make(rng, plan.recall_asked, plan.recall_length, plan.recall_items[-1])
    source = made_text(rng, MADE) if text is None else text
    cut = len(source) * 9 // 10
    taught = windows(rng, source[:cut], (plan.text_steps, plan.text_batch, plan.text_length + 1))
    cloze_tokens, cloze_rows, cloze_answers = cloze(rng, source[cut:], plan.text_asked, plan.text_length)
    public = {
        "do": "train",
        "seed": seed,
        "shape": shape,
        "tasks": ["recall", "text"],
        "recall_vocabulary": VOCABULARY,
        "recall_tokens": np.stack([batch.tokens for batch in batches]),
        "recall_targets": np.stack([batch.targets for batch in batches]),
        "recall_asked": asked.tokens,
        "recall_rows": np.stack([np.flatnonzero(row >= 0) for row in asked.targets]).astype(np.int32),
        "text_vocabulary": BYTES,
        "text_tokens": taught[..., :-1],
        "text_targets": taught[..., 1:],
        "text_asked": cloze_tokens,
        "text_rows": cloze_rows,
    }
    answers = Answers(
        asked.targets[asked.targets >= 0].astype(np.int64), cloze_answers.astype(np.int64), VOCABULARY, BYTES
    )
    return public, answers


def read_text(path: str) -> NDArray[np.uint8]:
    """The bytes of a file, at most :data:`MOST`.

    Raises:
        UsageError: If it cannot be read, or is too short to train on and to ask about.
    """
    try:
        with Path(path).expanduser().open("rb") as file:
            text = np.frombuffer(file.read(MOST), dtype=np.uint8)
    except OSError as error:
        raise UsageError(f"[domain] text = {path!r}: {error.strerror or error}; give the path of a text file") from None
    if len(text) < LEAST:
        raise UsageError(f"[domain] text = {path!r} has {len(text)} bytes; at least {LEAST} are needed")
    return text
