"""Tasks and verifiers: right answers are right, wrong ones are not, and partial ones lie between."""

from __future__ import annotations

import numpy as np
import pytest
from asi_evolve_grpo_variants.tasks import ASK, CLOSE, EOS, OPEN, PAD, TASKS, VOCABULARY, ended, noisy, success
from asi_evolve_grpo_variants.warmup import CORRUPTION, targets

EACH = pytest.mark.parametrize("name", sorted(TASKS))


@EACH
def test_the_answer_of_a_task_succeeds(name: str) -> None:
    task = TASKS[name]
    prompts = task.sample(np.random.default_rng(0), 400)
    answers = task.answer(prompts)
    assert prompts.shape == (400, task.prompt_length)
    assert answers.shape == (400, task.answer_length)
    assert (prompts[:, -1] == ASK).all()
    assert min(prompts.min(), answers.min()) >= 0
    assert max(prompts.max(), answers.max()) < VOCABULARY
    assert (answers == EOS).any(axis=1).all()
    assert success(task, prompts, answers).all()


@EACH
def test_an_answer_to_another_prompt_or_without_an_end_fails(name: str) -> None:
    task = TASKS[name]
    prompts = task.sample(np.random.default_rng(1), 400)
    answers = task.answer(prompts)
    assert success(task, prompts, np.roll(answers, 1, axis=0)).mean() < 0.4  # some prompts share an answer
    endless = np.where(answers == EOS, 0, answers)
    assert not success(task, prompts, endless).any()
    assert not success(task, prompts, np.full_like(answers, PAD)).any()


@EACH
def test_what_follows_the_end_is_ignored(name: str) -> None:
    task = TASKS[name]
    prompts = task.sample(np.random.default_rng(2), 50)
    answers = task.answer(prompts)
    rubbish = np.where(answers == PAD, 3, answers)
    assert (task.grade(prompts, ended(rubbish)[0]) == 1.0).all()
    assert (ended(rubbish)[1] == ended(answers)[1]).all()


@EACH
def test_rewards_are_graded_only_where_the_task_says_so(name: str) -> None:
    task = TASKS[name]
    rng = np.random.default_rng(3)
    prompts = task.sample(rng, 2000)
    rewards = task.grade(prompts, ended(targets(name, prompts, rng))[0])
    assert rewards.min() >= 0.0
    assert rewards.max() == 1.0
    between = ((rewards > 0.0) & (rewards < 1.0)).any()
    assert bool(between) == task.graded


@EACH
def test_one_wrong_token_costs_the_success(name: str) -> None:
    task = TASKS[name]
    prompts = task.sample(np.random.default_rng(4), 300)
    answers = task.answer(prompts)
    first = answers[:, 0]
    wrong = answers.copy()
    wrong[:, 0] = np.where(first == 9, 16, np.where(first == EOS, 16, 10 - 1 - first))
    changed = wrong[:, 0] != first
    assert changed.any()
    if name != "countdown":  # there another pair may be right too
        assert not success(task, prompts[changed], wrong[changed]).any()


def test_countdown_takes_every_right_pair_in_both_orders() -> None:
    task = TASKS["countdown"]
    prompt = np.array([[1, 9, 4, 6, 1, 0, ASK]])
    for pair, right in (((1, 9), 1), ((9, 1), 1), ((4, 6), 1), ((5, 5), 0), ((1, 4), 0)):
        assert success(task, prompt, np.array([[*pair, EOS]]))[0] == right
    # A digit that is there once cannot be used twice.
    twice = np.array([[5, 1, 2, 8, 1, 0, ASK]])
    assert success(task, twice, np.array([[5, 5, EOS]]))[0] == 0.0
    assert success(task, twice, np.array([[2, 8, EOS]]))[0] == 1.0


def test_brackets_close_the_last_first() -> None:
    task = TASKS["brackets"]
    prompt = np.array([[OPEN[0], OPEN[1], OPEN[0], CLOSE[0], OPEN[1], CLOSE[1], ASK]])
    assert task.answer(prompt)[0, :3].tolist() == [CLOSE[1], CLOSE[0], EOS]


def test_sort_by_hand() -> None:
    task = TASKS["sort"]
    prompt = np.array([[3, 1, 2, 9, 9, 0, ASK]])
    assert task.answer(prompt)[0].tolist() == [0, 1, 2, 3, 9, 9, EOS]
    assert task.grade(prompt, np.array([[0, 1, 2, 3, 9, 0, EOS]]))[0] == pytest.approx(6 / 7)


def test_noise_turns_the_share_that_it_is_told() -> None:
    rewards = np.ones(20_000)
    assert noisy(rewards, 0.15, np.random.default_rng(0)).mean() == pytest.approx(0.85, abs=0.01)
    assert (noisy(rewards, 0.0, np.random.default_rng(0)) == 1.0).all()


def test_targets_are_corrupted_as_much_as_stated_and_end_where_the_answer_does() -> None:
    for name, task in TASKS.items():
        rng = np.random.default_rng(5)
        prompts = task.sample(rng, 3000)
        right, made = task.answer(prompts), targets(name, prompts, rng)
        assert ((made == EOS) == (right == EOS)).all()
        body = (right != PAD) & (right != EOS)
        differing = float((made != right)[body].mean())
        # A random token may be the right one: at most half of the replaced ones are.
        assert CORRUPTION[name] / 2 - 0.02 < differing <= CORRUPTION[name] + 0.02
