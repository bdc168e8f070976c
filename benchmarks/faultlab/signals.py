"""SIGTERM, SIGHUP, Ctrl-C once and twice; readers of the output that go away or stop reading."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from typing import Any

from faultlab.place import Place, must

Story = list[tuple[Any, ...]]
WORDS = {signal.SIGTERM: "SIGTERM", signal.SIGHUP: "SIGHUP", signal.SIGINT: "Ctrl-C"}


def one(place: Place, rng: random.Random, reference: Story, typical_s: float, number: int, presses: int = 1) -> str:
    """A signal at a random moment, start and end included: the documented status, one word on it, and resume."""
    wanted = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: 130}[signal.Signals(number)]
    run = place.run(1)
    seconds = rng.uniform(0.0, 1.1 * typical_s)
    try:
        run.made.wait(seconds)
    except subprocess.TimeoutExpired:
        for press in range(presses):
            if press:
                time.sleep(rng.uniform(0.0, 0.2))
            if run.code is None:
                os.kill(run.pid, number)
    code = run.wait()
    # Before the interpreter has come to us its own handling holds (for Ctrl-C with a traceback of its imports), and
    # what was to be done may be done already.
    early = -number if not run.out() else wanted
    if code != early or early == wanted:
        run.clean()
    # A second press can hit the interpreter while it takes itself apart: it then ends by the signal, 130 for a shell.
    last = -number if presses > 1 else wanted
    must(code in (wanted, early, last, 0), f"exit status {code} after {seconds:.2f} s: {run.err()}")
    if code == wanted:
        said = run.out() + run.err()
        must(WORDS[signal.Signals(number)] in said or "interrupted" in said, f"no word on it: {said[-300:]}")
    if place.db.exists():
        place.finish(run, reference=reference)
    else:
        place.no_process()
        place.nothing_stray()
    return f"after {seconds:.2f} s: exit status {code}, {len(run.shown())} rounds shown"


def ignored_hangup(place: Place, rng: random.Random, reference: Story) -> str:
    """Started with ``nohup``: SIGHUP does nothing."""
    run = place.run(1, before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN) and None)
    run.until_shown(2)
    os.kill(run.pid, signal.SIGHUP)
    code = run.wait()
    must(code == 0, f"exit status {code}: {run.err()}")
    place.finish(run, reference=reference)
    return "the run went on"


def closed_pipe(place: Place, rng: random.Random, reference: Story) -> str:
    """``| head -N``: the reader of the output goes away. The run goes on to its end and its status says how."""
    read, write = os.pipe()
    run = place.run(1, stdout=write)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        lines = rng.randint(0, 6)
        for _ in range(lines):
            stream.readline()
    code = run.wait()
    run.clean()
    must(code == 0, f"exit status {code}: {run.err()}")
    place.no_process()
    place.nothing_stray()
    must(place.story() == reference, "another run than without the fault")
    return f"closed after {lines} lines"


def full_pipe(place: Place, rng: random.Random, reference: Story) -> str:
    """A reader that stops reading: the pipe is full. Rounds go on being made; SIGTERM still ends the run."""
    import fcntl

    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    run = place.run(1, rounds=120, stdout=write)
    os.close(write)
    try:
        # 4096 bytes are about 30 lines; far more rounds than that must be recorded.
        run.until(lambda: _count(place) >= 60)
        stop_at = _count(place)
        os.kill(run.pid, signal.SIGTERM)
        code = run.wait()
        must(code == 143, f"exit status {code}: {run.err()}")
    finally:
        os.close(read)
    place.no_process()
    place.nothing_stray()
    story = place.story()
    must(story[: len(reference)] == reference, "another run than without the fault")
    return f"{stop_at} rounds were recorded when nobody had read a line"


def _count(place: Place) -> int:
    return len(place.rounds_or_none()) if place.db.exists() else 0
