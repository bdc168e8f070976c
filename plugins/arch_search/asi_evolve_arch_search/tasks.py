"""Data made on the trusted side: recall tasks and text. numpy only; every array is a function of its generator."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Tokens = NDArray[np.int16]

#: Tokens of the recall tasks: 0 is filler, then keys, then values.
VOCABULARY = 128
KEYS = (1, 64)
VALUES = (64, 128)


@dataclass(frozen=True, slots=True)
class Batch:
    """Sequences with what is to be predicted."""

    tokens: Tokens
    """[N, T]."""
    targets: Tokens
    """[N, T]; the answer at the rows that count, -1 elsewhere. No answer is in ``tokens`` at or after its row."""


def mqar(rng: np.random.Generator, count: int, length: int, pairs: int) -> Batch:
    """Multi-query associative recall: pairs of key and value, then keys whose values are asked for.

    After Arora et al. 2023 (arXiv:2312.04927), with queries at uniformly drawn places between filler.

    Args:
        rng: Source of all draws.
        count, length: Shape; ``length >= 3 * pairs``.
        pairs: 1 to 63.

    Raises:
        ValueError: If it does not fit.
    """
    if not 1 <= pairs < KEYS[1] or length < 3 * pairs:
        raise ValueError(f"{pairs} pairs do not fit into {length} tokens: at most 63, and three tokens for each")
    tokens = np.zeros((count, length), dtype=np.int16)
    targets = np.full((count, length), -1, dtype=np.int16)
    keys = np.argsort(rng.random((count, KEYS[1] - KEYS[0])), axis=1)[:, :pairs] + KEYS[0]
    values = rng.integers(*VALUES, size=(count, pairs))
    tokens[:, 0 : 2 * pairs : 2], tokens[:, 1 : 2 * pairs : 2] = keys, values
    places = 2 * pairs + np.argsort(rng.random((count, length - 2 * pairs)), axis=1)[:, :pairs]
    rows = np.arange(count)[:, None]
    tokens[rows, places], targets[rows, places] = keys, values
    return Batch(tokens, targets)


def selective_copy(rng: np.random.Generator, count: int, length: int, items: int) -> Batch:
    """Selective copying (Gu, Dao 2023, arXiv:2312.00752): items among filler, then repeated in their order.

    The last ``items`` rows hold the mark 1; row i of them asks for item i. ``length > 2 * items``, else ValueError.
    """
    if items < 1 or length <= 2 * items:
        raise ValueError(f"{items} items do not fit into {length} tokens: more than two tokens for each")
    tokens = np.zeros((count, length), dtype=np.int16)
    targets = np.full((count, length), -1, dtype=np.int16)
    values = rng.integers(*VALUES, size=(count, items))
    places = np.sort(np.argsort(rng.random((count, length - items)), axis=1)[:, :items], axis=1)
    tokens[np.arange(count)[:, None], places] = values
    tokens[:, -items:], targets[:, -items:] = 1, values
    return Batch(tokens, targets)


def induction(rng: np.random.Generator, count: int, length: int) -> Batch:
    """Induction heads (Olsson et al. 2022, arXiv:2209.11895): what followed the mark, when it comes again.

    Random values with the mark 1 at one place and at the end, where the answer is asked for. ``length >= 4``.
    """
    if length < 4:
        raise ValueError(f"induction needs at least 4 tokens, not {length}")
    tokens = rng.integers(*VALUES, size=(count, length)).astype(np.int16)
    targets = np.full((count, length), -1, dtype=np.int16)
    places = rng.integers(0, length - 2, size=count)
    rows = np.arange(count)
    targets[:, -1] = tokens[rows, places + 1]
    tokens[rows, places], tokens[:, -1] = 1, 1
    return Batch(tokens, targets)


def made_text(rng: np.random.Generator, size: int) -> NDArray[np.uint8]:
    """Text of a language that exists only for this generator, uint8[size].

    Words of random syllables with Zipf frequencies, a first-order grammar over word classes, and in each paragraph a
    few names that occur nowhere else and come back: what was just read has to be remembered.
    """
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    lengths = rng.choice((1, 2, 3), p=(0.3, 0.5, 0.2), size=400)
    words = ["".join(rng.choice(syllables, size=int(n))) for n in lengths]
    classes = [words[i::4] for i in range(4)]
    upto = [np.cumsum(1.0 / np.arange(2, len(c) + 2)).tolist() for c in classes]
    follows = np.cumsum(rng.dirichlet(np.full(5, 0.5), size=5), axis=1).tolist()
    pieces: list[str] = []
    total = 0
    while total < size:
        # All draws of a paragraph at once: one call of the generator for each word would take most of the time.
        names = ["".join(syllables[i] for i in row).capitalize() for row in rng.integers(len(syllables), size=(4, 3))]
        lengths = rng.integers(4, 12, size=int(rng.integers(3, 8)))
        draws = iter(rng.random((int(lengths.sum()), 2)).tolist())
        kind = int(rng.integers(5))
        paragraph = []
        for length in lengths.tolist():
            sentence = []
            for which, after in (next(draws) for _ in range(length)):
                if kind == 4:
                    sentence.append(names[int(which * 4)])
                else:
                    sentence.append(classes[kind][bisect(upto[kind], which * upto[kind][-1])])
                kind = min(4, bisect(follows[kind], after))
            paragraph.append(" ".join(sentence) + ".")
        pieces.append(" ".join(paragraph) + "\n")
        total += len(pieces[-1])
    return np.frombuffer("".join(pieces)[:size].encode("ascii"), dtype=np.uint8).copy()


def windows(rng: np.random.Generator, text: NDArray[np.uint8], shape: tuple[int, ...]) -> Tokens:
    """Windows of ``text`` at uniformly drawn places, int16[shape]; the last axis is along the text."""
    starts = rng.integers(0, len(text) - shape[-1] + 1, size=shape[:-1])
    cut: Tokens = text[starts[..., None] + np.arange(shape[-1])].astype(np.int16)
    return cut


def cloze(
    rng: np.random.Generator, text: NDArray[np.uint8], count: int, length: int
) -> tuple[Tokens, NDArray[np.int32], Tokens]:
    """Sequences that end, unmarked, at a drawn row: what comes after it is from elsewhere.

    Args:
        rng: Source of all draws.
        text: Held-out bytes.
        count, length: Shape.

    Returns:
        tokens [N, T], the row [N] in T // 2 .. T - 2 at which the next byte is asked for, and that byte [N]. The rows
        after it are those of another window, so ``tokens`` says nothing about the answer.
    """
    whole, other = windows(rng, text, (count, length + 1)), windows(rng, text, (count, length))
    rows = rng.integers(length // 2, length - 1, size=count).astype(np.int32)
    after = np.arange(length) > rows[:, None]
    return np.where(after, other, whole[:, :length]), rows, whole[np.arange(count), rows + 1]


#: Name -> maker of training or held-out sequences of one recall task.
RECALL: dict[str, Callable[[np.random.Generator, int, int, int], Batch]] = {
    "mqar": mqar,
    "selective_copy": selective_copy,
    "induction": lambda rng, count, length, _: induction(rng, count, length),
}
