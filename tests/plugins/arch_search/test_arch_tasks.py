"""Data: what is asked can be answered from what came before, and from nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from asi_evolve import UsageError
from asi_evolve_arch_search.data import Plan, read_text, replicate
from asi_evolve_arch_search.declaration import SHAPE, Config, configure, plans
from asi_evolve_arch_search.tasks import cloze, induction, made_text, mqar, selective_copy


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_recall_asks_for_the_value_that_stands_behind_the_key() -> None:
    batch = mqar(rng(), 20, 40, 9)
    for tokens, targets in zip(batch.tokens, batch.targets, strict=True):
        table = dict(zip(tokens[0:18:2].tolist(), tokens[1:18:2].tolist(), strict=True))
        asked = np.flatnonzero(targets >= 0)
        assert len(table) == len(asked) == 9
        assert asked.min() >= 18
        assert [table[int(tokens[row])] for row in asked] == targets[asked].tolist()


def test_copying_repeats_the_items_in_their_order() -> None:
    batch = selective_copy(rng(), 20, 30, 6)
    for tokens, targets in zip(batch.tokens, batch.targets, strict=True):
        assert tokens[:24][tokens[:24] > 0].tolist() == targets[-6:].tolist()
        assert set(tokens[-6:].tolist()) == {1}


def test_induction_asks_for_what_followed_the_mark() -> None:
    batch = induction(rng(), 50, 12)
    for tokens, targets in zip(batch.tokens, batch.targets, strict=True):
        place = int(np.flatnonzero(tokens == 1)[0])
        assert targets[-1] == tokens[place + 1] > 1


@pytest.mark.parametrize("make", [lambda: mqar(rng(), 1, 11, 4), lambda: selective_copy(rng(), 1, 8, 4)])
def test_what_does_not_fit_is_named(make: object) -> None:
    with pytest.raises(ValueError, match="do not fit into"):
        make()  # type: ignore[operator]


def test_text_repeats_with_its_generator_and_differs_between_generators() -> None:
    one, same, other = made_text(rng(), 5000), made_text(rng(), 5000), made_text(np.random.default_rng(6), 5000)
    assert one.tobytes() == same.tobytes()
    shared = set(bytes(one).split()) & set(bytes(other).split())
    assert len(shared) < 0.2 * len(set(bytes(one).split()))


def test_what_follows_the_asked_row_says_nothing_about_the_answer() -> None:
    text = np.frombuffer(bytes(range(32, 127)) * 40, dtype=np.uint8)  # each byte tells the next one
    tokens, rows, answers = cloze(rng(), text, 400, 20)
    at = tokens[np.arange(400), rows]
    assert (answers == np.where(at == 126, 32, at + 1)).all()
    following = tokens[np.arange(400), rows + 1]
    assert np.mean(following == answers) < 0.05


def test_answers_are_not_among_what_the_jail_gets() -> None:
    plan = Plan(3, 2, recall_asked=8, text_asked=16)
    public, hidden = replicate(plan, dict(SHAPE), "mqar", None, 4)
    assert public["text_asked"].shape == (16, plan.text_length)
    assert hidden.text.shape == (16,)
    assert hidden.recall.shape == (8 * plan.recall_items[-1],)
    assert not {"answers", "recall_answers", "text_answers"} & set(public)
    again, _ = replicate(plan, dict(SHAPE), "mqar", None, 4)
    assert all(np.array_equal(public[key], again[key]) for key in public)


def test_stages_differ_in_effort_and_seeds_in_data() -> None:
    made = plans(Config(quick_steps=10, steps=50))
    assert made["quick"].recall_steps < made["laptop"].recall_steps
    one, _ = replicate(made["quick"], dict(SHAPE), "mqar", None, 1)
    other, _ = replicate(made["quick"], dict(SHAPE), "mqar", None, 2)
    assert not np.array_equal(one["recall_tokens"], other["recall_tokens"])


def test_settings_that_cannot_be_used_are_one_line(tmp_path: Path) -> None:
    short = tmp_path / "short.txt"
    short.write_text("too short")
    for config, word in (
        (Config(recall_task="sort"), "recall_task"),
        (Config(text=str(tmp_path / "missing.txt")), "missing.txt"),
        (Config(text=str(short)), "9 bytes"),
    ):
        with pytest.raises(UsageError, match=word) as caught:
            configure(config)
        assert "\n" not in str(caught.value)


def test_a_text_of_ones_own_is_what_is_learned(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_bytes(b"abc" * 40_000)
    public, hidden = replicate(Plan(2, 2, text_asked=8), dict(SHAPE), "mqar", read_text(str(path)), 1)
    assert set(np.unique(public["text_tokens"])) == set(b"abc")
    assert set(hidden.text.tolist()) <= set(b"abc")
