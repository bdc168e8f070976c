"""A place where one run is made and hurt: with its own database and temporary folder, and what must hold."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from asi_evolve.store import open_reader

DOMAIN = Path(__file__).with_name("domain.py")
ROUNDS = int(os.environ.get("FAULTS_ROUNDS", "20"))
SEED = 7
#: Patience, seconds: for a step of a run on a machine that is busy with other things.
PATIENCE = 240.0

_ROUND = re.compile(r"round\s+(\d+)/\d+ ")
_RUN = re.compile(r"^run ([0-9a-f]{6}):", re.MULTILINE)
_SUBREAPER = 36


class Broken(AssertionError):  # noqa: N818 - what it says is what was found
    """Something that must hold does not."""


class Skip(Exception):  # noqa: N818 - no fault
    """This machine cannot do that."""


def must(condition: object, text: str) -> None:
    if not condition:
        raise Broken(text)


@contextlib.contextmanager
def adopting() -> Iterator[None]:
    """While it lasts, processes that lose their parent become children of this one, so that none can hide."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_SUBREAPER, 0, 0, 0, 0)


def _pids() -> list[str]:
    return [path.name for path in Path("/proc").iterdir() if path.name.isdigit()]


def processes() -> dict[int, tuple[int, str]]:
    """Pid -> (parent, command line) of everything alive."""
    found = {}
    for entry in _pids():
        with contextlib.suppress(OSError):
            head, _, rest = Path(f"/proc/{entry}/stat").read_text(errors="replace").rpartition(")")
            if rest.split()[0] != "Z":
                line = Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found[int(entry)] = (int(rest.split()[1]), line or head)
    return found


def below(pid: int) -> list[int]:
    """All living processes below ``pid``, parents before children."""
    alive, level, found = processes(), [pid], []
    while level:
        level = [each for each, (parent, _) in alive.items() if parent in level]
        found += level
    return found


def some(rng: random.Random, low: int = 1, share: float = 0.7) -> int:
    """A number of rounds from ``low`` up to that share of a run."""
    return rng.randint(low, max(low, int(share * ROUNDS)))


class Place:
    """One folder with one database. Use inside :func:`adopting`."""

    def __init__(self, folder: Path, *, tmp: Path | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.tmp = tmp or folder / "tmp"
        self.tmp.mkdir(exist_ok=True)
        self.db = folder / "t.duckdb"
        self.started: list[subprocess.Popen[bytes]] = []
        self._before = set(below(os.getpid()))
        self._logs = 0

    # -- processes

    def start(
        self,
        *args: object,
        env: dict[str, str] | None = None,
        before: Callable[[], None] | None = None,
        stdout: Any = None,
        python: Sequence[str] = (),
    ) -> Process:
        """Start ``asievolve ARGS`` in a process group of its own."""
        self._logs += 1

        def prepare() -> None:
            # Started in the background by a shell, we ignore what is to be tried here.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            if before is not None:
                before()

        out, err = self.folder / f"out{self._logs}", self.folder / f"err{self._logs}"
        environment = {**os.environ, "TMPDIR": str(self.tmp), "PYTHONUNBUFFERED": "1", **(env or {})}
        with out.open("wb") as stdout_file, err.open("wb") as stderr_file:
            made = subprocess.Popen(
                [sys.executable, *python, "-m", "asi_evolve", *map(str, args)],
                stdin=subprocess.DEVNULL,
                stdout=stdout_file if stdout is None else stdout,
                stderr=stderr_file,
                cwd=self.folder,
                env=environment,
                start_new_session=True,
                preexec_fn=prepare,
            )
        self.started.append(made)
        return Process(made, out, err)

    def run(self, workers: int = 1, *more: object, rounds: int = ROUNDS, hold: int = 0, **how: Any) -> Process:
        """A new run of the domain; with ``hold`` it does not get beyond that round before :meth:`go`."""
        if hold:
            self.go(hold)
            more = ("--set", f"domain.go={self.folder / 'go'}", *more)
        given = ("--rounds", rounds, "--seed", SEED, "--workers", workers, "--trust", "mine", "--db", self.db)
        return self.start("--plugin", DOMAIN, "run", *given, *more, **how)

    def go(self, until: int = 10**9) -> None:
        """Let runs that were held go on, up to that round."""
        (self.folder / "go").write_text(str(until))

    def resume(self, *more: object, **how: Any) -> Process:
        """Go on with it."""
        return self.start("resume", "--db", self.db, *more, **how)

    def say(self, *args: object, **how: Any) -> Process:
        """Any other command, awaited."""
        made = self.start(*args, "--db", self.db, **how)
        made.wait()
        return made

    # -- what must hold

    def no_process(self, patience: float = 120.0) -> None:
        """Nothing that was started here is alive."""
        deadline = time.monotonic() + patience
        while True:
            for made in self.started:
                made.poll()
            self._reap()
            left = [pid for pid in below(os.getpid()) if pid not in self._before]
            if not left:
                return
            if time.monotonic() > deadline:
                alive = processes()
                names = [alive.get(pid, (0, "gone"))[1][:100] for pid in left]
                for pid in left:
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                raise Broken(f"processes left behind: {names}")
            time.sleep(0.02)

    def _reap(self) -> None:
        known = {made.pid for made in self.started}
        for entry, (parent, _) in _zombies().items():
            if parent == os.getpid() and entry not in known and entry not in self._before:
                with contextlib.suppress(OSError):
                    os.waitpid(entry, os.WNOHANG)

    def nothing_stray(self) -> None:
        """No temporary file or folder, no lock file, no half artifact."""
        left = sorted(str(path.relative_to(self.tmp)) for path in self.tmp.iterdir())
        must(not left, f"temporary files left behind: {left}")
        must(not self.db.with_name("t.duckdb.lock.json").exists(), "the lock file was left behind")
        half = [path.name for path in self.folder.rglob(".tmp-*")]
        must(not half, f"half-written artifacts left behind: {half}")

    def story(self) -> list[tuple[Any, ...]]:
        """What was recorded, in completion order, without the run's id."""
        with open_reader(self.db) as reader:
            run_id = reader.resolve_run(None)
            told = []
            for entry in reader.entries(run_id):
                made = reader.experiment(entry.experiment_id)
                parents = tuple(parent.partition(".")[2] for parent in made.candidate.parents)
                own = made.experiment_id.partition(".")[2]
                told.append((own, dict(made.candidate.files), parents, made.status, made.value))
            return told

    def rounds(self) -> list[int]:
        """Numbers of the finished rounds in completion order."""
        with open_reader(self.db) as reader:
            return [entry.round for entry in reader.entries(reader.resolve_run(None)) if entry.round]

    def outputs_are_there(self) -> None:
        """Every artifact that a row refers to can be read."""
        with open_reader(self.db) as reader:
            table = reader.table("select distinct outputs_ref r from executions where outputs_ref is not null")
            for ref in table["r"].to_pylist():
                reader.artifacts.read(ref)

    def whole(self, printed: Sequence[set[int]], *, rounds: int = ROUNDS) -> None:
        """All rounds are there once; none that was shown was lost, and none was made twice."""
        have = self.rounds()
        must(len(have) == len(set(have)), f"rounds recorded twice: {sorted(have)}")
        shown: set[int] = set()
        for part in printed:
            must(not shown & part, f"rounds {sorted(shown & part)} were shown as finished, and made again")
            shown |= part
        must(shown <= set(have), f"rounds {sorted(shown - set(have))} were shown and are lost")
        must(set(have) == set(range(1, rounds + 1)), f"rounds {sorted(have)} of {rounds}")
        self.outputs_are_there()

    def finish(self, first: Process, *, reference: list[tuple[Any, ...]] | None, rounds: int = ROUNDS) -> None:
        """After ``first`` ended in whatever way: nothing shown is lost, resume completes the run, nothing is left."""
        shown = first.shown()
        self.no_process()
        before = set(self.rounds_or_none())
        must(shown <= before, f"rounds {sorted(shown - before)} were shown and are lost")
        printed = [shown]
        if len(before) < rounds or first.run_id() is None:
            second = self.resume()
            code = second.wait()
            if code == 2 and not self._has_run():
                must(second.said_once("there is no"), f"resume without a run said: {second.err()}")
                second = self.run()
                code = second.wait()
            must(code == 0, f"resume ended with {code}: {second.err()}")
            printed.append(second.shown())
        elif not self._ended() or self.db.with_name("t.duckdb.lock.json").exists():
            # Everything was done, but the process did not come to its end: the next one that writes clears up.
            second = self.resume("--rounds", "1")
            must(second.wait() == 0, f"resume ended with {second.code}: {second.err()}")
            printed.append(second.shown())
            rounds += 1
        self.no_process()
        self.nothing_stray()
        self.whole(printed, rounds=rounds)
        if reference is not None:
            story = self.story()
            same = story[: len(reference)] == reference[: len(story)]
            must(same, f"another run than without the fault: {_first(story, reference)}")

    def rounds_or_none(self) -> list[int]:
        try:
            return self.rounds()
        except Exception as error:
            from asi_evolve.errors import NotFoundError

            if isinstance(error, NotFoundError):
                return []
            raise

    def _has_run(self) -> bool:
        try:
            with open_reader(self.db) as reader:
                return bool(reader.runs())
        except Exception:
            return False

    def _ended(self) -> bool:
        with open_reader(self.db) as reader:
            return reader.runs()[-1].status != "running"

    def close(self) -> None:
        """End what is left and remove the folder."""
        for made in self.started:
            for pid in [*below(made.pid), made.pid]:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            made.wait()
        with contextlib.suppress(Broken):
            self.no_process(5)
        shutil.rmtree(self.folder, ignore_errors=True)


class Process:
    """A started command and what it said."""

    def __init__(self, made: subprocess.Popen[bytes], out: Path, err: Path) -> None:
        self.made, self._out, self._err = made, out, err

    @property
    def pid(self) -> int:
        return self.made.pid

    @property
    def code(self) -> int | None:
        return self.made.poll()

    def out(self) -> str:
        return self._out.read_text(errors="replace")

    def err(self) -> str:
        return self._err.read_text(errors="replace").strip()

    def shown(self) -> set[int]:
        """Rounds whose whole line was printed."""
        whole = self.out().rpartition("\n")[0]
        return {int(number) for number in _ROUND.findall(whole)}

    def run_id(self) -> str | None:
        found = _RUN.search(self.out())
        return found.group(1) if found else None

    def said_once(self, text: str) -> bool:
        lines = self.err().splitlines()
        return len(lines) == 1 and text in lines[0] and "Traceback" not in self.err()

    def clean(self) -> None:
        """No traceback, no word about a bug."""
        for text in ("Traceback", "this is a bug", "Exception ignored"):
            must(text not in self.err() + self.out(), f"{text!r} in what it said: {self.err()[-600:]}")

    def wait(self, patience: float = PATIENCE) -> int:
        """Its exit status (negative: the signal that ended it)."""
        try:
            return self.made.wait(patience)
        except subprocess.TimeoutExpired:
            raise Broken(f"did not end within {patience:g} s; said: {self.out()[-300:]} {self.err()[-300:]}") from None

    def until(self, ready: Callable[[], object], patience: float = PATIENCE) -> bool:
        """Wait for ``ready()``; False if the process ended before."""
        deadline = time.monotonic() + patience
        while not ready():
            if self.code is not None:
                return bool(ready())
            must(
                time.monotonic() < deadline,
                f"waited {patience:g} s in vain; said: {self.out()[-300:]} {self.err()[-300:]}",
            )
            time.sleep(0.005)
        return True

    def until_shown(self, count: int) -> bool:
        """Wait until ``count`` rounds were shown."""
        return self.until(lambda: len(self.shown()) >= count)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.made.wait()


def _first(story: list[Any], reference: list[Any]) -> str:
    for number, (one, other) in enumerate(zip(story, reference, strict=False)):
        if one != other:
            return f"entry {number}: {one[0]} {one[2:]} instead of {other[0]} {other[2:]}"
    return f"{len(story)} entries instead of {len(reference)}"


def _zombies() -> dict[int, tuple[int, str]]:
    found = {}
    for entry in _pids():
        with contextlib.suppress(OSError):
            rest = Path(f"/proc/{entry}/stat").read_text(errors="replace").rpartition(")")[2].split()
            if rest[0] == "Z":
                found[int(entry)] = (int(rest[1]), "")
    return found
