"""What ``asievolve plugins check`` executes: each seed program in the sandbox, then the domain's scorer on its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from asi_evolve.report.text import number

if TYPE_CHECKING:
    from asi_evolve.plugins import Plugins
    from asi_evolve.records import Execution

#: What was checked, whether it passed, in words.
Result = tuple[str, bool, str]


def check_plugin(plugins: Plugins, config: Any, *, tier: str, backend: str | None = None) -> list[Result]:
    """Execute and score every seed and baseline of the backend at the first stage, on its first replicate seed.

    Raises:
        UsageError: If the backend or the isolation tier is not available here.
    """
    from asi_evolve.context import RunContext
    from asi_evolve.executors import LocalExecutor
    from asi_evolve.sandbox import resolve_tier

    name, found = plugins.backend(backend)
    resolved = resolve_tier(tier, assembled_only=True)
    context = RunContext(run_id="check", domain=plugins.domain, config=config, backend=name)
    executor = LocalExecutor(plugins.domain, name, tier=resolved, workers=1)
    results: list[Result] = []
    try:
        for kind, programs in (("seed", found.seeds), ("baseline", found.baselines)):
            for label, files in programs.items():
                results.append((f"{kind} {label}", *_program(plugins, context, executor, files, found.entry)))
    finally:
        executor.close()
    return results


def _program(plugins: Plugins, context: Any, executor: Any, files: Any, entry: str) -> tuple[bool, str]:
    from asi_evolve.errors import DomainError
    from asi_evolve.loop.evaluate import _sound
    from asi_evolve.plugins.discovery import describe
    from asi_evolve.records import Candidate, Job, Score

    domain, stage = plugins.domain, plugins.domain.stages[0]
    seed = stage.replicate_seeds[0]
    candidate = Candidate("check.s0", dict(files), entry, context.backend, origin="seed")
    try:
        answer = plugins.hook.inputs(context=context, stage=stage.name, replicate=0, seed=seed)
    except Exception as error:
        return False, f"inputs() raised {describe(error, plugins.module)}"
    fault = inputs_fault(answer)
    if fault:
        return False, fault
    public, hidden = answer if answer is not None else ({}, None)
    job = Job(stage.name, 0, seed, context.backend, stage.limits, inputs=public)
    refused = _static_check(domain, candidate) or _executed_checks(domain, candidate, executor, stage, context)
    if refused:
        return False, refused
    execution: Execution = executor.execute(candidate, job)
    if execution.status != "ok":
        tail = execution.stderr_tail.strip().splitlines()[-1:] or [""]
        return False, f"{execution.status} in tier {execution.tier}: {execution.error or tail[0]}"
    try:
        score = plugins.hook.score(
            context=context, candidate=candidate, execution=replace(execution, job=job), hidden=hidden
        )
    except Exception as error:
        return False, f"score() raised {describe(error, plugins.module)}"
    if not isinstance(score, Score):
        return False, f"score() returned {_kind(score)}; return Score(value=..., valid=...)"
    try:
        score = _sound(score)  # as a run does, so that what passes here passes there
    except DomainError as error:
        return False, str(error)
    used = f"{execution.cpu_s:.2f} CPU s, {execution.peak_memory_mb:.0f} MiB, tier {execution.tier}"
    if not score.valid or score.value is None:
        return False, f"executed ({used}), but the scorer finds it invalid: {score.feedback}"
    shown = f"{domain.objective.name} {number(score.value)} {domain.objective.unit}".strip()
    return True, f"{shown} ({used})"


def inputs_fault(answer: object) -> str:
    """What is wrong with an answer of ``inputs()``, with the mend; empty for a pair, or None (no inputs)."""
    if answer is None or (isinstance(answer, (tuple, list)) and len(answer) == 2 and isinstance(answer[0], Mapping)):
        return ""
    if isinstance(answer, (tuple, list)):
        parts = f"({', '.join(type(part).__name__ for part in answer)})"
        return f"inputs() returned {parts}; return (public, hidden): a dict for the candidate, anything for score()"
    mend = "for example `return inputs, None`: what the candidate gets, then what only score() sees"
    return f"inputs() returned {_kind(answer)}; return the pair (public, hidden), {mend}"


def _kind(value: object) -> str:
    if value is None:
        return "None (is a return missing?)"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _static_check(domain: Any, candidate: Any) -> str:
    """Why every program that is made like this one would be refused before it runs; empty if none would."""
    from asi_evolve.checks.static import check_program, required_call

    backend = domain.backends[candidate.backend]
    verdict = check_program(
        candidate.files,
        candidate.entry,
        allowed_imports=backend.libraries,
        protected=domain.protected,
        call=required_call(next(iter(backend.seeds.values()))[candidate.entry], domain.call),
    )
    return "" if verdict.passed else f"check {verdict.check} refuses it: {verdict.message}"


def _executed_checks(domain: Any, candidate: Any, executor: Any, stage: Any, context: Any) -> str:
    """The first executed check that refuses the candidate, in words; empty if all pass."""
    if not domain.checks:
        return ""
    import numpy as np

    from asi_evolve.checks.executed import run_checks

    verdicts = run_checks(domain, candidate, lambda job: executor.execute(candidate, job), np.random.default_rng(0))
    for verdict in verdicts:
        if not verdict.passed and not verdict.advisory:
            return f"check {verdict.check} refuses it: {verdict.message}"
    return ""
