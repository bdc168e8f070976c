"""The local executor: every execution of a candidate on this machine, inside the sandbox."""

from __future__ import annotations

from dataclasses import replace

from asi_evolve.domain import Domain
from asi_evolve.executors.slots import Resources
from asi_evolve.records import Candidate, Execution, Job
from asi_evolve.sandbox import Outcome, Sandbox

#: Verdicts of the supervisor after which the last emission still counts (contracts: marked truncated).
_CUT_SHORT = frozenset({"timeout", "oom", "disk"})


class LocalExecutor:
    """Runs candidates in one warm sandbox, at most ``workers`` at a time.

    Args:
        domain: Gives the harness, the call and the libraries of the backend.
        backend: Name of the backend.
        tier: Isolation tier, already resolved (``A``, ``B``, ``E``).
        workers: Executions at once on the CPU.
        gpus, slots_per_gpu, memory_mb: See :class:`~asi_evolve.executors.slots.Resources`.
    """

    def __init__(
        self,
        domain: Domain,
        backend: str,
        *,
        tier: str,
        workers: int,
        gpus: int = 0,
        slots_per_gpu: int = 1,
        memory_mb: int = 0,
    ) -> None:
        self.name = "local"
        self.tier = tier
        self._closed = False
        self._call = domain.call
        self._harness = domain.backends[backend].harness
        self._resources = Resources(workers=workers, gpus=gpus, slots_per_gpu=slots_per_gpu, memory_mb=memory_mb)
        libraries = domain.backends[backend].libraries
        self._box = Sandbox(tier=tier, libraries=libraries, harness=self._harness, spares=max(2, workers))

    def warm(self) -> None:
        """Start the warm server before the first execution needs it."""
        self._box.warm()

    def execute(self, candidate: Candidate, job: Job) -> Execution:
        """Run ``candidate`` under ``job``; blocks. What the candidate does ends up in the status, never in a raise."""
        with self._resources.lease(memory_mb=job.limits.memory_mb) as device:
            outcome = self._run(candidate, job)
            if outcome.status == "killed" and not outcome.error.startswith("too many") and not self._closed:
                # Ended from outside, by the system's hunger for memory or with the server: no word on the program
                # yet, so it is run once more. A program that does this to itself is told so the second time.
                again = self._run(candidate, job)
                outcome = replace(again, cpu_seconds=again.cpu_seconds + outcome.cpu_seconds)
        return execution_of(replace(job, device=device), outcome)

    def _run(self, candidate: Candidate, job: Job) -> Outcome:
        return self._box.run(
            candidate.files,
            candidate.entry,
            job.inputs,
            harness=self._harness,
            call=self._call,
            seed=job.seed,
            limits=job.limits,
            backend=candidate.backend,
        )

    def close(self) -> None:
        """Kill what runs and the warm server. Executions in flight come back as ``killed``."""
        self._closed = True
        self._box.close()


def execution_of(job: Job, outcome: Outcome) -> Execution:
    """Turn the sandbox's verdict into an Execution; after a limit struck, the last emission is the result."""
    outputs = outcome.value if isinstance(outcome.value, dict) else None
    status, truncated = outcome.status, False
    if status in _CUT_SHORT and outcome.emitted:
        outputs, status, truncated = dict(outcome.emitted[-1]), "ok", True
    # The inputs are kept once by whoever made them; repeating them in each record would fill the memory.
    return Execution(
        job=replace(job, inputs={}),
        status=status,
        outputs=outputs if status == "ok" else None,
        emitted=outcome.emitted,
        truncated=truncated,
        wall_s=outcome.wall_seconds,
        cpu_s=outcome.cpu_seconds,
        peak_memory_mb=outcome.peak_memory_mb,
        stdout_tail=outcome.stdout_tail,
        stderr_tail=outcome.stderr_tail,
        error=outcome.error,
        tier=outcome.tier,
    )
