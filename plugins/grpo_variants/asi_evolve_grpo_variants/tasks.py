"""Tasks with verifiers: prompts, rewards and reference answers as integer arrays. Trusted; numpy only.

All tasks share one alphabet. A prompt has a fixed length in its task; an answer ends at the first ``EOS`` and what
follows is ignored. Rewards are in [0, 1]; an answer *succeeds* if its exact reward is 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Ints: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"

#: The alphabet: ten digits, padding, end, separator, four brackets.
PAD, EOS, ASK = 10, 11, 12
OPEN, CLOSE = (13, 14), (15, 16)
VOCABULARY = 17


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of problem.

    ``sample(rng, count)`` gives prompts int64[count, prompt_length]. ``answer(prompts)`` gives one right answer to
    each, int64[count, answer_length], padded with ``PAD`` after its ``EOS``. ``grade(prompts, answers)`` gives
    float64[count]: 1 for a right answer, and for a graded task a share of 1 for one that is right in part.
    """

    name: str
    prompt_length: int
    answer_length: int
    """Tokens of an answer at most, the end included."""
    graded: bool
    """Whether rewards between 0 and 1 occur; otherwise they are 0 or 1."""
    sample: Callable[[np.random.Generator, int], Ints]
    answer: Callable[[Ints], Ints]
    grade: Callable[[Ints, Ints], Floats]

    @property
    def length(self) -> int:
        """Tokens of prompt and answer together."""
        return self.prompt_length + self.answer_length


def ended(answers: Ints) -> tuple[Ints, Ints]:
    """Answers with everything after the first ``EOS`` replaced by ``PAD``, and their lengths, the end included.

    An answer without an end has the full length and no ``EOS``.
    """
    width = answers.shape[1]
    found = answers == EOS
    first = np.where(found.any(axis=1), found.argmax(axis=1), width - 1)
    inside = np.arange(width)[None, :] <= first[:, None]
    return np.where(inside, answers, PAD), first + 1


def success(task: Task, prompts: Ints, answers: Ints) -> Floats:
    """1.0 where an answer is wholly right, else 0.0."""
    return (task.grade(prompts, ended(answers)[0]) >= 1.0).astype(np.float64)


def _close(body: Ints, width: int) -> Ints:
    """Answers of one common length with their end."""
    out = np.full((body.shape[0], width), PAD, dtype=np.int64)
    out[:, : body.shape[1]] = body
    out[:, body.shape[1]] = EOS
    return out


def _positions(wanted: Ints, answers: Ints) -> Floats:
    """Share of the positions of ``wanted`` (its end included) that agree; 1 only if all do."""
    due = wanted != PAD
    share: Floats = ((answers == wanted) & due).sum(axis=1) / due.sum(axis=1)
    return share


def _exact(wanted: Ints, answers: Ints) -> Floats:
    right: Floats = (answers == wanted).all(axis=1).astype(np.float64)
    return right


def _with_ask(columns: Ints) -> Ints:
    ask = np.full((columns.shape[0], 1), ASK, dtype=np.int64)
    return np.concatenate([columns, ask], axis=1)


def _sort() -> Task:
    """Six digits in ascending order; graded by positions. Fixed length."""

    def answer(prompts: Ints) -> Ints:
        return _close(np.sort(prompts[:, :6], axis=1), 7)

    return Task(
        "sort",
        7,
        7,
        True,
        lambda rng, count: _with_ask(rng.integers(0, 10, size=(count, 6))),
        answer,
        lambda prompts, answers: _positions(answer(prompts), answers),
    )


def _modular() -> Task:
    """(3 a + b) mod 10 for two digits, then (a + 3 b) mod 10; right or wrong. Fixed length."""

    def answer(prompts: Ints) -> Ints:
        a, b = prompts[:, 0], prompts[:, 1]
        return _close(np.stack([(3 * a + b) % 10, (a + 3 * b) % 10], axis=1), 3)

    return Task(
        "modular",
        3,
        3,
        False,
        lambda rng, count: _with_ask(rng.integers(0, 10, size=(count, 2))),
        answer,
        lambda prompts, answers: _exact(answer(prompts), answers),
    )


def _countdown() -> Task:
    """Choose two of four digits whose sum is the target (two digits); any such pair is right. Fixed length."""

    def sample(rng: np.random.Generator, count: int) -> Ints:
        numbers = rng.integers(0, 10, size=(count, 4))
        chosen = rng.permuted(np.tile(np.arange(4), (count, 1)), axis=1)[:, :2]
        target = np.take_along_axis(numbers, chosen, axis=1).sum(axis=1)
        return _with_ask(np.column_stack([numbers, target // 10, target % 10]))

    def pairs(prompts: Ints) -> Any:
        """bool[count, 4, 4]: whether positions i < j add up to the target."""
        numbers, target = prompts[:, :4], 10 * prompts[:, 4] + prompts[:, 5]
        fits = numbers[:, :, None] + numbers[:, None, :] == target[:, None, None]
        return fits & np.triu(np.ones((4, 4), dtype=bool), 1)

    def answer(prompts: Ints) -> Ints:
        first = pairs(prompts).reshape(len(prompts), -1).argmax(axis=1)
        chosen = np.stack([first // 4, first % 4], axis=1)
        return _close(np.take_along_axis(prompts[:, :4], chosen, axis=1), 3)

    def grade(prompts: Ints, answers: Ints) -> Floats:
        numbers, fits = prompts[:, :4], pairs(prompts)
        a, b = answers[:, 0, None, None], answers[:, 1, None, None]
        rows, columns = numbers[:, :, None], numbers[:, None, :]
        named = ((rows == a) & (columns == b)) | ((rows == b) & (columns == a))
        right: Floats = ((named & fits).any(axis=(1, 2)) & (answers[:, 2] == EOS)).astype(np.float64)
        return right

    return Task("countdown", 7, 3, False, sample, answer, grade)


def _rewrite() -> Task:
    """Replace each occurrence of one digit in a word of five by another one; graded by positions. Fixed length."""

    def sample(rng: np.random.Generator, count: int) -> Ints:
        word = rng.integers(0, 10, size=(count, 5))
        old = np.take_along_axis(word, rng.integers(0, 5, size=(count, 1)), axis=1)
        return _with_ask(np.concatenate([old, rng.integers(0, 10, size=(count, 1)), word], axis=1))

    def answer(prompts: Ints) -> Ints:
        word = prompts[:, 2:7]
        return _close(np.where(word == prompts[:, :1], prompts[:, 1:2], word), 6)

    return Task("rewrite", 8, 6, True, sample, answer, lambda p, a: _positions(answer(p), a))


def _brackets() -> Task:
    """Close what is open, the last first, and stop; right or wrong. Answers of one to seven tokens."""
    width = 6

    def sample(rng: np.random.Generator, count: int) -> Ints:
        out = np.full((count, width), PAD, dtype=np.int64)
        kinds = rng.integers(0, 2, size=(count, width))
        opens = rng.random((count, width)) < 0.7
        for row in range(count):
            depth: list[int] = []
            for column in range(width):
                if opens[row, column] or not depth:
                    depth.append(int(kinds[row, column]))
                    out[row, column] = OPEN[depth[-1]]
                else:
                    out[row, column] = CLOSE[depth.pop()]
        return _with_ask(out)

    def answer(prompts: Ints) -> Ints:
        out = np.full((len(prompts), width + 1), PAD, dtype=np.int64)
        for row, prompt in enumerate(prompts):
            depth: list[int] = []
            for token in prompt[:width]:
                if token in OPEN:
                    depth.append(OPEN.index(int(token)))
                elif depth:
                    depth.pop()
            body = [CLOSE[kind] for kind in reversed(depth)]
            out[row, : len(body)] = body
            out[row, len(body)] = EOS
        return out

    return Task("brackets", width + 1, width + 1, False, sample, answer, lambda p, a: _exact(answer(p), a))


def _count() -> Task:
    """Write down each distinct digit of a word once, in the order of its first occurrence; graded. Variable length."""

    def answer(prompts: Ints) -> Ints:
        out = np.full((len(prompts), 7), PAD, dtype=np.int64)
        for row, prompt in enumerate(prompts):
            body = list(dict.fromkeys(int(token) for token in prompt[:6]))
            out[row, : len(body)] = body
            out[row, len(body)] = EOS
        return out

    return Task(
        "distinct",
        7,
        7,
        True,
        lambda rng, count: _with_ask(rng.integers(0, 6, size=(count, 6))),
        answer,
        lambda p, a: _positions(answer(p), a),
    )


#: All tasks by name.
TASKS: dict[str, Task] = {
    task.name: task for task in (_sort(), _modular(), _countdown(), _rewrite(), _brackets(), _count())
}


def noisy(rewards: Floats, share: float, rng: np.random.Generator) -> Floats:
    """Rewards of which a ``share`` (0 to 1), chosen at random, is replaced by 1 minus itself."""
    wrong = rng.random(rewards.shape) < share
    return np.where(wrong, 1.0 - rewards, rewards)
