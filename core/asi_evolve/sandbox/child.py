"""The jailed process: closes the doors behind itself, then runs the candidate. It proves nothing but what it writes."""

# Plain system calls and strings: what a job need not touch of its process it need not copy.
# ruff: noqa: PTH103, PTH109, PTH118, PTH119, PTH120, PTH122, PTH123, PTH208
from __future__ import annotations

import contextlib
import errno
import faulthandler
import fcntl
import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from asi_evolve.records import Limits
from asi_evolve.sandbox import meter, wire

#: Descriptors of the candidate beside 0, 1, 2: where jobs come in and results go out.
IN_FD, OUT_FD = 3, 4
#: Characters of an exception's text that are printed.
_ERROR_TEXT = 4000


def arrange_descriptors(inlet: int, outlet: int, out: int, err: int, keep: int) -> int:
    """Put the five descriptors in place, close every other one but ``keep``; returns where ``keep`` is now."""
    # Above all targets first, so that no dup2 overwrites a source.
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 16) for fd in (inlet, outlet, out, err, keep)]
    null = os.open("/dev/null", os.O_RDONLY)
    for source, target in ((null, 0), (high[2], 1), (high[3], 2), (high[0], IN_FD), (high[1], OUT_FD), (high[4], 5)):
        os.dup2(source, target)
    _close_from(6)
    return 5


def _close_from(lowest: int) -> None:
    """Close every descriptor from ``lowest`` on."""
    if meter.LINUX:
        from asi_evolve.sandbox.libc import close_range

        if close_range(lowest):
            return
        for name in os.listdir("/proc/self/fd"):
            if int(name) >= lowest:
                with contextlib.suppress(OSError):
                    os.close(int(name))
        return
    os.closerange(lowest, os.sysconf("SC_OPEN_MAX"))


class Pipe:
    """Frames over the two descriptors."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def read(self) -> Any:
        """The next frame, or EOFError."""
        header, body = wire.PREFIX.unpack(self._exactly(wire.PREFIX.size))
        return wire.decode(self._exactly(header), self._exactly(body))

    def _exactly(self, count: int) -> bytearray:
        data = bytearray(count)
        view = memoryview(data)
        while view:
            got = os.readv(IN_FD, [view])
            if not got:
                raise EOFError
            view = view[got:]
        return data

    def write(self, kind: str, value: Any) -> None:
        """Send one frame ``{kind: value}``; WireError if ``value`` is not data."""
        self.send(wire.encode({kind: value}, limit=self.limit))

    def send(self, frame: bytes) -> None:
        """Send an encoded frame."""
        view = memoryview(frame)
        while view:
            view = view[os.write(OUT_FD, view) :]


def run(job: Mapping[str, Any], pipe: Pipe) -> int:
    """Run one job to its end; returns the exit code. Whatever the candidate raises becomes a frame."""
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    faulthandler.enable(all_threads=False)
    work = os.getcwd()
    try:
        return _run(job, pipe)
    except _FaultError as error:
        pipe.write("fault", str(error)[:500])
        return 0
    except SystemExit:
        pipe.write("exit", None)
        return 0
    except wire.WireError as error:
        pipe.write("invalid", str(error)[:500])
        return 0
    except BaseException as error:
        return _report(error, pipe, work)


class _FaultError(BaseException):
    """The sandbox's own code failed: nothing that the candidate is to blame for."""


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    """Marks code that is the sandbox's own. What the system refuses there (memory, disk) is still the candidate's."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, NameError, ImportError) as error:
        raise _FaultError(f"{type(error).__name__}: {error}") from None


def _run(job: Mapping[str, Any], pipe: Pipe) -> int:
    with _ours():
        token, mode, entry, name = str(job["token"]), job["mode"], job["entry"], job["function"]
        _seed(job)
        _write_files(job["files"])
        prepared = _prepare_run(job, pipe) if mode == "run" else None
    module = _load(entry)
    if prepared is not None:
        _finish(pipe, prepared(module), token)
        return 0
    function = getattr(module, name, None)
    if function is None:
        raise AttributeError(f"{entry} defines no {name!r}")
    pipe.write("ready", None)
    while True:
        try:
            call = pipe.read()
        except EOFError:
            return 0
        with _ours():
            args, kwargs, token = call["args"], call["kwargs"], call["token"]
        _finish(pipe, function(*args, **kwargs), token)


def _seed(job: Mapping[str, Any]) -> None:
    """Code that draws from the global generators is as reproducible as code that uses the one it is given."""
    import random

    seed = int(job["seed"])
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(max(1, int(job["limits"]["threads"])))
        torch.manual_seed(seed)


def _write_files(files: Mapping[str, str]) -> None:
    work = os.getcwd()
    for name in sorted(files):
        path = os.path.join(work, name)
        if "/" in name:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            file.write(files[name])


def _load(entry: str) -> ModuleType:
    """Import the entry, which is in the work folder, as a module."""
    work = os.getcwd()
    sys.path.insert(0, work)
    path = os.path.normpath(os.path.join(work, entry))
    folder, file = os.path.split(path)
    if folder != work:
        sys.path.insert(1, folder)
    stem = os.path.splitext(file)[0]
    spec = importlib.util.spec_from_file_location(stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{entry} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module
    spec.loader.exec_module(module)
    return module


def _prepare_run(job: Mapping[str, Any], pipe: Pipe) -> Callable[[ModuleType], Any]:
    """What is done with the candidate's module, with everything of ours that could be missing looked up already."""
    inputs, entry, call = job["inputs"], job["entry"], job["call"]
    if not job["harness"]:

        def direct(module: ModuleType) -> Any:
            function = getattr(module, call, None)
            if function is None:
                raise AttributeError(f"{entry} defines no {call!r}")
            result = function(**inputs)
            return result if type(result) is dict else {"result": result}

        return direct
    import numpy as np

    package, _, name = job["harness"].partition(":")
    harness: Callable[..., Any] = getattr(importlib.import_module(package), name)
    limits, seed = Limits(**job["limits"]), int(job["seed"])

    def emit(data: Mapping[str, Any]) -> None:
        """Send progress: the last one counts if a limit strikes."""
        if not isinstance(data, dict):
            raise TypeError(f"emit takes a dict, not {type(data).__name__}")
        pipe.write("emit", data)

    return lambda module: harness(module, inputs, limits, np.random.default_rng(seed), emit)


def _finish(pipe: Pipe, result: Any, token: str) -> None:
    for stream in (sys.stdout, sys.stderr):
        # The candidate may have closed or replaced them.
        with contextlib.suppress(Exception):
            stream.flush()
    pipe.write("result", [token, result])


def _report(error: BaseException, pipe: Pipe, work: str) -> int:
    """Say what was raised, in one line with the place in the candidate, and print the traceback."""
    kind = "error"
    if isinstance(error, MemoryError):
        kind = "oom"
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        kind = "disk"
    try:
        text = f"{type(error).__name__}: {error}"[:_ERROR_TEXT].replace("\n", " ")
    except BaseException:
        text = type(error).__name__
    place = ""
    try:
        os.chdir(work)  # it may be far down in folders whose name is longer than a path may be
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename.startswith(work)]
        if isinstance(error, SyntaxError) and error.filename:
            place = f" ({os.path.basename(error.filename)}, line {error.lineno})" if "line" not in text else ""
        elif own:
            place = f" ({os.path.relpath(own[-1].filename, work)}, line {own[-1].lineno}, in {own[-1].name})"
        first = next((i for i, frame in enumerate(frames) if frame.filename.startswith(work)), len(frames))
        print("Traceback (most recent call last):", file=sys.stderr)
        print("".join(traceback.format_list(frames[first:])[-30:]), end="", file=sys.stderr)
        last = "".join(traceback.format_exception_only(error)) if isinstance(error, SyntaxError) else text
        print(last.replace(work + "/", "")[:_ERROR_TEXT].rstrip(), file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        pass
    line = (text[:400] + place).replace("\n", " ")
    pipe.write(kind, line.encode("utf-8", "backslashreplace").decode())
    return 1
