"""SIGKILL of the run, of its parts and of all of it at once; processes stopped and continued; memory that runs out."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import time
from typing import Any

from faultlab.place import ROUNDS, Place, Process, below, must, processes, some

Story = list[tuple[Any, ...]]


def kill(place: Place, rng: random.Random, reference: Story, typical_s: float, trial: int) -> str:
    """kill -9 of the run process at a random moment, then ``resume`` to the end.

    By turns the moment is: any time from the start on; when the log of the database has just grown for the n-th time,
    which is inside or right after a commit; just after the n-th round was shown; any time, and the resume is killed
    as well. Every other trial has three workers.
    """
    workers = 1 if trial % 2 == 0 else 3
    how = ("time", "commit", "shown", "twice")[trial // 2 % 4]
    run = place.run(workers)
    moment = _strike(place, run, rng, how, typical_s)
    run.kill()
    if how == "twice" and place.rounds_or_none():
        shown = run.shown()
        second = place.resume()
        _strike(place, second, rng, "time", typical_s)
        second.kill()
        must(not shown & second.shown(), "a round that was shown was made again")
        have = set(place.rounds_or_none())
        must(shown | second.shown() <= have, "a round that was shown is lost")
        moment += f", resume killed too with {len(second.shown())} more shown"
        if len(have) == len(reference) - 1 and second.code == 0:
            run = second
        else:
            run = _Both(run, second)
    place.finish(run, reference=reference if workers == 1 else None)
    return f"{workers} workers, {how}: {moment}"


class _Both(Process):
    """Two parts of a run, as one."""

    def __init__(self, first: Process, second: Process) -> None:
        super().__init__(second.made, second._out, second._err)
        self.first = first

    def shown(self) -> set[int]:
        return self.first.shown() | super().shown()

    def run_id(self) -> str | None:
        return self.first.run_id()


def _strike(place: Place, run: Process, rng: random.Random, how: str, typical_s: float) -> str:
    """Wait for the moment; says which it was."""
    if how in ("time", "twice"):
        seconds = rng.uniform(0.02, 1.15 * typical_s)
        with contextlib.suppress(Exception):
            run.made.wait(seconds)
        return f"after {seconds:.2f} s"
    if how == "shown":
        count, more = some(rng, share=0.9), rng.uniform(0, 0.08)
        run.until_shown(count)
        time.sleep(more)
        return f"{more * 1000:.0f} ms after round line {count}"
    wal, wanted, seen, size = place.db.with_name("t.duckdb.wal"), rng.randint(1, 3 * ROUNDS), 0, 0
    deadline = time.monotonic() + 10 * typical_s
    while run.code is None and seen < wanted and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            now = wal.stat().st_size
            seen, size = seen + (now > size), now
    return f"growth {seen} of the log"


def _parts(run: Process, what: str) -> list[int]:
    """Pids of a kind of process below the run: ``server``, ``warden`` or ``scorer``."""
    alive = processes()
    mine = below(run.pid)
    if what == "scorer":
        return [pid for pid in mine if "scorer_main" in alive.get(pid, (0, ""))[1]]
    servers = [pid for pid in mine if "server.py" in alive.get(pid, (0, ""))[1]]
    outer = [pid for pid in servers if alive[pid][0] == run.pid]
    if what == "server":
        return outer
    inner = [pid for pid in servers if alive[pid][0] in outer]
    # In tier A the outer process waits for the inner one, whose children are the wardens; else they are the outer's.
    leaves = [pid for pid in mine if alive.get(pid, (0, ""))[0] in inner]
    return leaves or inner


def part(place: Place, rng: random.Random, what: str, workers: int = 2) -> str:
    """kill -9 of the warm server, a warden or a scorer, several times: the run goes on, or says why not and exits 1."""
    run = place.run(workers, hold=1)
    run.until(lambda: "seed " in run.out().partition("\n")[2])
    killed = 0
    for step in range(1, 5):
        # Never to its end: there is something to kill each time.
        place.go(step * (ROUNDS - 1) // 4)
        time.sleep(rng.uniform(0, 0.3))
        found = _parts(run, what)
        if found and run.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(rng.choice(found), signal.SIGKILL)
                killed += 1
    place.go()
    code = run.wait()
    run.clean()
    must(code in (0, 1), f"exit status {code}: {run.err()}")
    if code == 1:
        must(run.err(), "exit status 1 without a word")
    must(killed >= 2, f"only {killed} were there to be killed")
    place.finish(run, reference=None)
    blamed = [own for own, _, _, status, _ in place.story() if status == "killed"]
    must(not blamed, f"rounds {blamed} carry the verdict `killed`, though nothing was wrong with their programs")
    why = next((line for line in run.out().splitlines() if line.startswith("ended ")), "") if code else ""
    return f"{killed} killed, the run ended with {code} {why}".strip()


def everything(place: Place, rng: random.Random, reference: Story) -> str:
    """kill -9 of the run and of all processes below it at once, as the system does when a container ends."""
    run = place.run(1)
    run.until_shown(some(rng))
    time.sleep(rng.uniform(0, 0.1))
    for pid in [*below(run.pid), run.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    run.made.wait()
    shown = len(run.shown())
    place.finish(run, reference=reference)
    return f"after {shown} rounds"


def suspend(place: Place, rng: random.Random, reference: Story) -> str:
    """SIGSTOP of the run for seconds, then SIGCONT, three times, as a laptop that sleeps: the same run in the end."""
    run = place.run(1)
    for _ in range(3):
        run.until_shown(len(run.shown()) + 2)
        os.kill(run.pid, signal.SIGSTOP)
        time.sleep(rng.uniform(0.5, 2.0))
        os.kill(run.pid, signal.SIGCONT)
    code = run.wait()
    run.clean()
    must(code == 0, f"exit status {code}: {run.err()}")
    place.finish(run, reference=reference)
    return "stopped three times"


def suspend_all(place: Place, rng: random.Random, reference: Story) -> str:
    """The same for all processes of the run together; a candidate must not be found too slow for it."""
    run = place.run(1)
    for _ in range(3):
        run.until_shown(len(run.shown()) + 2)
        stopped = [run.pid, *below(run.pid)]
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            if number == signal.SIGSTOP:
                time.sleep(rng.uniform(0.5, 2.0))
    code = run.wait()
    run.clean()
    must(code == 0, f"exit status {code}: {run.err()}")
    place.finish(run, reference=reference)
    return "stopped three times"


def memory_limit(place: Place, rng: random.Random) -> str:
    """The run's own address space is limited (``ulimit -v``) and its plugin hoards memory until there is none."""
    ceiling = 3 << 30

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))

    run = place.run(1, "--set", f"domain.hoard_at={some(rng, 2)}", before=limit)
    code = run.wait()
    # What is left may be enough for what a round needs; then there is nothing to complain about.
    must(code in (0, 1), f"exit status {code}: {run.err()[-500:]}")
    must("Traceback" not in run.err(), f"a traceback: {run.err()[-800:]}")
    must(code == 0 or run.err(), "no word")
    _finish_without(place, run)
    return f"exit status {code} with {len(run.shown())} rounds; it said: {run.err()[-150:]}"


def _finish_without(place: Place, run: Process) -> None:
    """Resume without the hoarding, whose setting belongs to the run: read what is there instead."""
    shown = run.shown()
    place.no_process()
    place.nothing_stray()
    have = place.rounds()
    must(shown <= set(have) and len(have) == len(set(have)), f"shown {sorted(shown)}, recorded {sorted(have)}")
    place.outputs_are_there()
