"""The trusted scorer pool: ``score`` hooks run in processes of their own, with a time limit.

A scorer that raises, dies or hangs is a fault of the domain, not of the candidate: it is reported as a
:class:`~asi_evolve.errors.DomainError` and the process is replaced.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

from asi_evolve.errors import DomainError
from asi_evolve.executors.frames import read_frame, write_frame
from asi_evolve.records import Candidate, Execution, Json, Score

#: Environment variables that a scorer gets. A list of what is let through, so that no key can slip in.
_ENVIRONMENT = (
    "PATH",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "SYSTEMROOT",
    "HOME",
    "TMPDIR",
)
_START_LIMIT_S = 120.0
#: What a scorer process printed is dropped beyond this, between two scores.
_LOG_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ScorerSetup:
    """What a scorer process needs to load the same plugin."""

    run_id: str
    reference: str
    """What ``load_plugins`` takes: an entry-point name, a file or a module."""
    backend: str
    domain: Mapping[str, Json]
    """The raw ``[domain]`` keys."""
    disabled: tuple[str, ...] = ()


class ScorerPool:
    """Up to ``size`` scorer processes, started on first use. Thread-safe.

    Args:
        setup: Which plugin to load.
        size: Processes at most.
        limit_s: Wall seconds that one score may take.
    """

    def __init__(self, setup: ScorerSetup, *, size: int = 1, limit_s: float = 120.0) -> None:
        self._setup = setup
        self._limit_s = limit_s
        # None stands for a process that is not started yet.
        self._idle: queue.LifoQueue[_Scorer | None] = queue.LifoQueue()
        for _ in range(size):
            self._idle.put(None)
        self._busy: set[_Scorer] = set()
        self._lock = threading.Lock()
        self._closed = False

    def score(self, candidate: Candidate, execution: Execution, hidden: Any) -> Score:
        """Score one replicate.

        Raises:
            DomainError: If the plugin cannot be loaded there, or its ``score`` raises, dies or exceeds the limit.
        """
        with self._lease() as scorer:
            return scorer.ask(candidate, execution, hidden, self._limit_s)

    def warm(self) -> None:
        """Start a process now, so that the first score need not wait for it. What fails is told by that score."""
        with contextlib.suppress(DomainError, OSError), self._lease():
            pass

    @contextlib.contextmanager
    def _lease(self) -> Iterator[_Scorer]:
        """A process that has loaded the plugin, for this thread alone."""
        scorer = self._idle.get()
        try:
            fresh = scorer is None or not scorer.alive
            if fresh:
                if scorer is not None:
                    scorer.stop()
                scorer = _Scorer()
            assert scorer is not None
            with self._lock:
                if self._closed:
                    raise DomainError("the scorer processes were closed")
                self._busy.add(scorer)
            if fresh:
                scorer.load(self._setup)
            yield scorer
        except DomainError as error:
            if self._closed:
                raise DomainError("the scorer processes were closed") from error
            raise
        finally:
            with self._lock:
                if scorer is not None:
                    self._busy.discard(scorer)
                    if self._closed or not scorer.alive:
                        scorer.stop()
                        scorer = None
                self._idle.put(scorer)

    def close(self) -> None:
        """Stop all processes. A score under way ends with a DomainError."""
        with self._lock:
            self._closed = True
            for busy in self._busy:
                busy.kill()
        idle: list[_Scorer | None] = []
        with contextlib.suppress(queue.Empty):
            while True:
                idle.append(self._idle.get_nowait())
        for scorer in idle:
            if scorer is not None:
                scorer.stop()
            self._idle.put(None)


class _Scorer:
    """One process and the refs of the hidden parts that it holds."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        # The scorer may have been found through paths that only this process knows (tests, notebooks).
        environment["PYTHONPATH"] = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        environment.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            # -P: the working directory is one that everybody may write to, and must not be searched for modules.
            [sys.executable, "-P", "-m", "asi_evolve.executors.scorer_main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
            cwd=Path(tempfile.gettempdir()),
            start_new_session=True,  # Ctrl-C is for us: the round in flight still needs its scorer.
        )
        self._seen: set[str] = set()

    def load(self, setup: ScorerSetup) -> None:
        self._send(
            {
                "run_id": setup.run_id,
                "reference": setup.reference,
                "backend": setup.backend,
                "domain": dict(setup.domain),
                "disabled": list(setup.disabled),
            }
        )
        answer = self._receive(_START_LIMIT_S, "start")
        if not answer.get("ready"):
            self.stop()
            raise DomainError(f"the scorer process could not load plugin {setup.reference!r}: {answer.get('error')}")

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, candidate: Candidate, execution: Execution, hidden: Any, limit_s: float) -> Score:
        if os.fstat(self._log.fileno()).st_size > _LOG_BYTES:
            # The process writes at our offset. Only its last words are ever read.
            self._log.seek(0)
            self._log.truncate()
        ref = execution.job.hidden_ref
        request: dict[str, Any] = {"candidate": candidate, "execution": execution, "ref": ref}
        if ref not in self._seen:
            request["hidden"] = hidden
            self._seen.add(ref)
        self._send(request)
        answer = self._receive(limit_s, "score")
        if "missing" in answer:
            self._send({**request, "hidden": hidden})
            answer = self._receive(limit_s, "score")
        if "error" in answer:
            raise DomainError(str(answer["error"]))
        score: Score = answer["score"]
        return score

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()

    def stop(self) -> None:
        self.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _send(self, message: Any) -> None:
        try:
            write_frame(_pipe(self._process.stdin), message)
        except OSError:
            self._fail("died")
        except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
            self.stop()
            raise DomainError(
                f"the hidden part of the inputs cannot be sent to the scorer process ({error}): inputs() must make it "
                "of plain data"
            ) from error

    def _receive(self, limit_s: float, what: str) -> dict[str, Any]:
        stream = _pipe(self._process.stdout)
        deadline = time.monotonic() + limit_s
        # Only the wait for the first byte is timed: once it answers, the frame follows at once.
        ready, _, _ = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            self._fail(f"took longer than {limit_s:g} s ({what})")
        try:
            answer: dict[str, Any] = read_frame(stream)
        except (EOFError, OSError):
            self._fail("died")
        return answer

    def _fail(self, how: str) -> NoReturn:
        self.kill()
        code = self._process.wait()
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - 400))
        tail = self._log.read().decode("utf-8", "replace").strip().splitlines()[-1:]
        self.stop()
        said = f"; it said: {tail[0]}" if tail else ""
        raise DomainError(f"the scorer process {how} (exit status {code}){said}")


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise DomainError("the scorer process has no pipe")
    return stream
