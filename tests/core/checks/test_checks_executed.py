"""Executed checks: inputs are the parent's, outputs are the jail's, the judgement is the parent's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from asi_evolve.checks import run_checks
from asi_evolve.domain import Backend, Check, Domain, Objective
from asi_evolve.errors import DomainError
from asi_evolve.records import Candidate, Execution, Job, Limits, Verdict

CANDIDATE = Candidate("r.1", {"candidate.py": ""}, "candidate.py", "numpy")


def domain(*checks: Check) -> Domain:
    return Domain(
        name="toy",
        title="Toy",
        task_markdown="",
        objective=Objective("value"),
        backends={"numpy": Backend(seeds={"seed": {"candidate.py": ""}})},
        checks=checks,
    )


def doubles(name: str = "doubles", **options: Any) -> Check:
    """Whether the candidate doubles a number that it cannot know before."""
    sent: list[int] = []

    def inputs(rng: np.random.Generator) -> Mapping[str, Any]:
        sent.append(int(rng.integers(1_000_000)))
        return {"n": sent[-1]}

    def judge(outputs: Mapping[str, Any]) -> Verdict:
        right = outputs.get("result") == 2 * sent[-1]
        return Verdict("", right, "" if right else f"{outputs.get('result')} is not twice {sent[-1]}")

    return Check(name, inputs, judge, **options)


def runner(function: Callable[[int], Any], jobs: list[Job] | None = None) -> Callable[[Job], Execution]:
    def execute(job: Job) -> Execution:
        if jobs is not None:
            jobs.append(job)
        return Execution(job, "ok", {"result": function(job.inputs["n"])})

    return execute


def test_a_right_candidate_passes_and_a_wrong_one_is_refused_with_the_judges_words() -> None:
    verdicts = run_checks(domain(doubles()), CANDIDATE, runner(lambda n: 2 * n), np.random.default_rng(0))
    assert [(v.check, v.passed) for v in verdicts] == [("doubles", True)]
    (wrong,) = run_checks(domain(doubles()), CANDIDATE, runner(lambda n: n), np.random.default_rng(0))
    assert not wrong.passed
    assert "is not twice" in wrong.message


def test_jobs_carry_the_checks_limits_and_inputs_and_are_reproducible() -> None:
    limits = Limits(wall_s=3.0, cpu_s=1.0)
    seen: list[list[Job]] = []
    for _ in range(2):
        jobs: list[Job] = []
        run_checks(domain(doubles(limits=limits)), CANDIDATE, runner(lambda n: 2 * n, jobs), np.random.default_rng(5))
        seen.append(jobs)
    assert seen[0] == seen[1]
    (job,) = seen[0]
    assert (job.stage, job.backend, job.limits) == ("check:doubles", "numpy", limits)
    assert set(job.inputs) == {"n"}
    other: list[Job] = []
    run_checks(domain(doubles()), CANDIDATE, runner(lambda n: 2 * n, other), np.random.default_rng(6))
    assert other[0].inputs != job.inputs


def test_one_checks_draws_leave_the_next_checks_inputs_alone() -> None:
    def greedy_inputs(rng: np.random.Generator) -> Mapping[str, Any]:
        rng.random(1000)
        return {"n": 0}

    plain = Check("first", lambda rng: {"n": 0}, lambda outputs: Verdict("first", True))
    inputs = []
    for first in (plain, replace(plain, inputs=greedy_inputs)):
        jobs: list[Job] = []
        run_checks(domain(first, doubles()), CANDIDATE, runner(lambda n: 2 * n, jobs), np.random.default_rng(1))
        inputs.append(jobs[1].inputs["n"])
    assert inputs[0] == inputs[1]


def test_the_first_refusal_ends_the_series_but_an_advisory_one_does_not() -> None:
    checks = (doubles("one", advisory=True), doubles("two"), doubles("three"))
    verdicts = run_checks(domain(*checks), CANDIDATE, runner(lambda n: n), np.random.default_rng(0))
    assert [(v.check, v.passed, v.advisory) for v in verdicts] == [("one", False, True), ("two", False, False)]


@pytest.mark.parametrize("status", ["error", "timeout", "oom", "crash", "no_result"])
def test_a_candidate_that_does_not_end_well_fails_the_check(status: Any) -> None:
    def execute(job: Job) -> Execution:
        return Execution(job, status, error="line one\nline two")

    (verdict,) = run_checks(domain(doubles()), CANDIDATE, execute, np.random.default_rng(0))
    assert not verdict.passed
    assert verdict.details["status"] == status
    assert f"ended with {status}: line one line two" in verdict.message


def test_a_truncated_result_is_not_judged() -> None:
    def execute(job: Job) -> Execution:
        return Execution(job, "ok", {"result": 2 * job.inputs["n"]}, truncated=True)

    (verdict,) = run_checks(domain(doubles()), CANDIDATE, execute, np.random.default_rng(0))
    assert not verdict.passed
    assert verdict.details["status"] == "timeout"


def test_a_bug_in_the_check_is_the_domains_and_says_so() -> None:
    def broken(*_: Any) -> Any:
        raise KeyError("centres")

    good = doubles()
    for check, part in ((replace(good, inputs=broken), "inputs"), (replace(good, judge=broken), "judge")):
        with pytest.raises(DomainError) as caught:
            run_checks(domain(check), CANDIDATE, runner(lambda n: n), np.random.default_rng(0))
        assert f"domain 'toy': check 'doubles': its {part} raised KeyError" in str(caught.value)
        assert "\n" not in str(caught.value)
    no_verdict: Any = lambda outputs: True  # noqa: E731
    with pytest.raises(DomainError, match="returned bool, not a Verdict"):
        run_checks(domain(replace(good, judge=no_verdict)), CANDIDATE, runner(lambda n: n), np.random.default_rng(0))


def test_a_domain_without_checks_runs_nothing() -> None:
    def execute(job: Job) -> Execution:
        raise AssertionError

    assert run_checks(domain(), CANDIDATE, execute, np.random.default_rng(0)) == ()
