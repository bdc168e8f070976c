"""``Sandbox``: the public door. One warm server, any number of threads that use it."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from types import TracebackType
from typing import Any

from asi_evolve.errors import SandboxError, UsageError
from asi_evolve.records import Data, Limits
from asi_evolve.sandbox import wire
from asi_evolve.sandbox.client import Server, ServerGoneError
from asi_evolve.sandbox.outcome import Outcome
from asi_evolve.sandbox.supervise import Call, Supervision, plain
from asi_evolve.sandbox.tiers import resolve_tier

_ENTRY = "candidate.py"
_MOST_FILES = 1000


class Sandbox:
    """Runs candidates in isolation. Thread-safe; use it as a context manager, or call :meth:`close`.

    The server is started at the first job. Every job gets a process and an empty work folder of its own.

    Args:
        limits: Ceilings for jobs that name none.
        tier: ``auto`` (the best of A and B here), ``A``, ``B``, or ``E``/``none``: no isolation, only limits.
        libraries: Importable names that the server loads once, so that no job pays for their import.
        readonly_paths: Further files and folders that candidates may read.
        harness: ``package.module:function`` of the trusted code that runs beside candidates (see :meth:`run`).
        spares: Processes that wait, isolated already, for the next job.

    Raises:
        SandboxError: if the tier cannot be had here.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        tier: str = "auto",
        libraries: Sequence[str] = ("numpy",),
        readonly_paths: Sequence[str] = (),
        harness: str = "",
        spares: int = 2,
    ) -> None:
        self.limits = limits if limits is not None else Limits()
        self.tier = resolve_tier(tier, assembled_only=False)
        self.libraries = tuple(dict.fromkeys(("numpy", *libraries)))
        self.readonly_paths = tuple(readonly_paths)
        self.harness = harness
        self._spares = spares
        self._lock = threading.Lock()
        self._server: Server | None = None
        self._closed = False
        self._finalizer: Any = None

    # ------------------------------------------------------------------ jobs

    def call(self, source: str, function: str, *args: Data, limits: Limits | None = None, **kwargs: Data) -> Outcome:
        """Load ``source`` and call one of its functions; ``Outcome.value`` is what it returned."""
        load = self._load({_ENTRY: source}, _ENTRY, function=function)
        outcome = self._go(load, [Call.of(args, kwargs)], limits, None)
        return _first(outcome)

    def calls(
        self, source: str, function: str, arguments: Sequence[Sequence[Data]], limits: Limits | None = None
    ) -> Outcome:
        """Load ``source`` once and call ``function`` on each tuple of arguments in one process.

        Each call's inputs are sent only after the answer to the one before; ``Outcome.call_seconds`` are by this
        process's clock. The limits hold for all calls together. ``Outcome.value`` is the list of results.
        """
        frames = [Call.of(each, {}) for each in arguments]
        return self._go(self._load({_ENTRY: source}, _ENTRY, function=function), frames, limits, None)

    def run(
        self,
        files: Mapping[str, str],
        entry: str,
        inputs: Mapping[str, Data],
        *,
        harness: str = "",
        call: str = "solve",
        seed: int = 0,
        limits: Limits | None = None,
        backend: str = "",
        on_emit: Callable[[dict[str, Data]], None] | None = None,
    ) -> Outcome:
        """Run a candidate of one or several files.

        Args:
            files: Relative path -> source; written to the job's work folder.
            entry: The file that is imported as the candidate module.
            inputs: What it is given.
            harness: ``package.module:function`` (best given to the constructor), called in the jail as
                ``function(candidate_module, inputs, budget, rng, emit) -> dict``. Without it
                ``getattr(module, call)(**inputs)``; a result that is not a dict comes back as ``{"result": value}``.
            call: Name of the function, without a harness.
            seed: Seeds ``rng``, and the global generators of ``random``, numpy and torch.
            limits: Ceilings; default: those of the sandbox.
            backend: Passed on for the record only.
            on_emit: Called in this thread with each emission as it comes.
        """
        problem = _bad_files(files, entry)
        if problem:
            return Outcome(status="error", error=problem, tier=self.tier)
        if harness and not self.harness:
            # Known in time if this is the first job: the server then loads it, from wherever it lies.
            self.harness = harness
        load = self._load(files, entry, harness=harness, call=call, seed=seed, inputs=inputs)
        return self._go(load, None, limits, on_emit)

    # ------------------------------------------------------------------ life

    def warm(self) -> None:
        """Start the server now, so that the first job need not wait for it. What fails is told by that job."""
        with contextlib.suppress(SandboxError, OSError):
            self._running()

    def close(self) -> None:
        """End the server and what runs in it (jobs in flight come back as ``killed``). Idempotent."""
        with self._lock:
            self._closed = True
            server, self._server = self._server, None
        if server is not None:
            self._finalizer.detach()
            server.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def server_pid(self) -> int | None:
        """Process id of the warm server, or None before the first job."""
        return self._server.process.pid if self._server is not None else None

    @property
    def fresh(self) -> bool:
        """Whether libraries that start threads make each job import them anew."""
        return self._server is not None and self._server.fresh

    # ------------------------------------------------------------------ inside

    def _load(self, files: Mapping[str, str], entry: str, **rest: Any) -> dict[str, Any]:
        job = {"harness": "", "call": "", "function": "", "seed": 0, "inputs": {}, **rest}
        return {"mode": "calls" if job["function"] else "run", "files": dict(files), "entry": entry, **job}

    def _go(
        self,
        load: dict[str, Any],
        calls: list[Call] | None,
        limits: Limits | None,
        on_emit: Callable[[dict[str, Data]], None] | None,
    ) -> Outcome:
        limits = limits if limits is not None else self.limits
        _check(limits)
        if limits.processes > 1 and self.tier != "A" and self.tier != "E":
            raise SandboxError(
                f"sandbox: more than one process needs tier A, not {self.tier}; set limits.processes to 1"
            )
        for name, source in load.get("files", {}).items():
            if not _is_text(name) or not _is_text(source):
                problem = f"the candidate's file {name[:80]!r} is not valid Unicode text (a lone surrogate)"
                return Outcome(status="error", error=problem, tier=self.tier)
        if calls is not None and not calls:
            return Outcome(status="ok", value=[], tier=self.tier)
        token = secrets.token_hex(8)
        first = wire.encode({**load, "limits": plain(limits), "token": token}, tuples=True)
        for attempt in (1, 2, 3):
            server = self._running()
            try:
                return Supervision(server, limits, first, token, calls, on_emit).run()
            except ServerGoneError:
                # This job had not started, so it may have another cell, and then another server. One that works for
                # others is left to them.
                if self._closed or not server.alive() or (attempt > 1 and server.unused()):
                    self._drop(server)
                else:
                    server.forget_idle()
                if attempt == 3 or self._closed:
                    error = "the sandbox was closed, or its server or the job's process died before the job began"
                    return Outcome(status="killed", error=error, tier=self.tier)
        raise AssertionError("unreachable")

    def _running(self) -> Server:
        with self._lock:
            if self._closed:
                raise SandboxError("sandbox: it is closed; make a new one")
            if self._server is not None and (self._server.owner != os.getpid() or not self._server.alive()):
                self._server.close()
                self._server = None
            if self._server is None:
                self._server = Server(
                    self.tier,
                    libraries=self.libraries,
                    harness=self.harness,
                    readonly_paths=self.readonly_paths,
                    limits=self.limits,
                    spares=self._spares,
                )
                self._finalizer = weakref.finalize(self, Server.close, self._server)
            return self._server

    def _drop(self, server: Server) -> None:
        with self._lock:
            if self._server is server:
                self._server = None
        server.close()


def _first(outcome: Outcome) -> Outcome:
    from dataclasses import replace

    return replace(outcome, value=outcome.value[0]) if outcome.status == "ok" else outcome


def _check(limits: Limits) -> None:
    """UsageError unless every limit is a positive number (0 would mean "no limit" to the kernel)."""
    for name, value in plain(limits).items():
        if not (isinstance(value, int | float) and 0 < value < math.inf):
            raise UsageError(f"limits.{name}: must be a positive number, not {value!r}")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bad_files(files: Mapping[str, str], entry: str) -> str:
    """One line on what is wrong with the paths of a candidate, or an empty string."""
    if entry not in files:
        return f"the candidate has no file {entry!r}, which is its entry"
    if len(files) > _MOST_FILES:
        return f"the candidate has {len(files)} files; at most {_MOST_FILES} are allowed"
    for name in files:
        path = PurePosixPath(name)
        if not name or path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or len(name) > 200:
            return f"the candidate's file {name[:80]!r} must be a relative path inside its folder"
    return ""
