"""Executed checks: the domain's quick tests. The jail computes, the trusted side chooses inputs and judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from asi_evolve.domain import Check, Domain
from asi_evolve.errors import DomainError
from asi_evolve.records import Candidate, Data, Execution, Job, Verdict

if TYPE_CHECKING:
    import numpy as np

#: ``Job.stage`` of a check is this and the check's name.
STAGE_PREFIX = "check:"


def run_checks(
    domain: Domain, candidate: Candidate, execute: Callable[[Job], Execution], rng: np.random.Generator
) -> tuple[Verdict, ...]:
    """Run ``domain.checks`` on a candidate, in their order, until one refuses it.

    Args:
        domain: the problem.
        candidate: the program; only its backend is read here.
        execute: runs the candidate under a job inside the sandbox. Each check is one call; its stage is
            ``check:NAME``.
        rng: source of the checks' inputs. Each check draws from a child of its own, so that a check that was added
            or that draws more leaves the others' inputs as they are.

    Returns:
        One verdict a check that was run, named like the check. An advisory verdict refuses nothing. A candidate that
        cannot be run to the end (exception, time, memory) fails the check with the execution's status.

    Raises:
        DomainError: the check's own ``inputs`` or ``judge`` raised, or ``judge`` returned no Verdict.
    """
    verdicts = []
    for check, draws in zip(domain.checks, rng.spawn(len(domain.checks)), strict=True):
        verdict = _run(domain, check, candidate, execute, draws)
        verdicts.append(verdict)
        if not verdict.passed and not verdict.advisory:
            break
    return tuple(verdicts)


def _run(
    domain: Domain, check: Check, candidate: Candidate, execute: Callable[[Job], Execution], rng: np.random.Generator
) -> Verdict:
    seed = int(rng.integers(2**31))
    job = Job(
        stage=f"{STAGE_PREFIX}{check.name}",
        replicate=0,
        seed=seed,
        backend=candidate.backend,
        limits=check.limits,
        inputs=_inputs(domain, check, rng),
    )
    execution = execute(job)
    if execution.status != "ok" or execution.outputs is None or execution.truncated:
        status = "timeout" if execution.status == "ok" and execution.truncated else execution.status
        status = "no_result" if status == "ok" else status
        reason = f": {' '.join(execution.error.split())}" if execution.error else ""
        message = f"the quick test {check.name!r} ended with {status}{reason}"
        return Verdict(check.name, False, message, advisory=check.advisory, details={"status": status})
    verdict = _judge(domain, check, execution.outputs)
    return replace(verdict, check=check.name, advisory=verdict.advisory or check.advisory)


def _inputs(domain: Domain, check: Check, rng: np.random.Generator) -> Mapping[str, Data]:
    try:
        return check.inputs(rng)
    except Exception as error:
        raise DomainError(_bug(domain, check, "inputs", error)) from error


def _judge(domain: Domain, check: Check, outputs: Mapping[str, Data]) -> Verdict:
    try:
        verdict = check.judge(outputs)
    except Exception as error:
        raise DomainError(_bug(domain, check, "judge", error)) from error
    if not isinstance(verdict, Verdict):
        raise DomainError(
            f"domain {domain.name!r}: check {check.name!r}: judge returned {type(verdict).__name__}, not a Verdict"
        )
    return verdict


def _bug(domain: Domain, check: Check, part: str, error: Exception) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    mend = " (outputs may be wrong in every way: answer bad ones with a Verdict)" if part == "judge" else ""
    return f"domain {domain.name!r}: check {check.name!r}: its {part} raised {text}{mend}"
