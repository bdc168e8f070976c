"""All faults by name, with how often the long form does each."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from faultlab import files, kills, signals
from faultlab.place import Place

Story = list[tuple[Any, ...]]
Do = Callable[[Place, random.Random, Story, float, int], str]


@dataclass(frozen=True)
class Case:
    name: str
    what: str
    times: int
    do: Do


def _signal(number: int, presses: int = 1) -> Do:
    return lambda place, rng, story, typical, _: signals.one(place, rng, story, typical, number, presses)


def _part(what: str) -> Do:
    return lambda place, rng, story, typical, _: kills.part(place, rng, what)


def _plain(function: Callable[..., str]) -> Do:
    return lambda place, rng, story, typical, _: function(place, rng)


def _story(function: Callable[..., str]) -> Do:
    return lambda place, rng, story, typical, _: function(place, rng, story)


CASES = {
    case.name: case
    for case in (
        Case("kill", "kill -9 of the run at a random moment, then resume", 200, kills.kill),
        Case("kill-server", "kill -9 of the warm server, four times in a run", 8, _part("server")),
        Case("kill-warden", "kill -9 of a process that watches over a candidate, four times", 8, _part("warden")),
        Case("kill-scorer", "kill -9 of a scorer process, four times", 8, _part("scorer")),
        Case("kill-all", "kill -9 of the run and everything below it at once", 10, _story(kills.everything)),
        Case("suspend", "SIGSTOP and SIGCONT of the run", 4, _story(kills.suspend)),
        Case("suspend-all", "SIGSTOP and SIGCONT of the run and all below it", 4, _story(kills.suspend_all)),
        Case("memory", "the run's own process runs out of memory", 6, _plain(kills.memory_limit)),
        Case("sigterm", "SIGTERM at a random moment", 20, _signal(signal.SIGTERM)),
        Case("sighup", "SIGHUP at a random moment", 10, _signal(signal.SIGHUP)),
        Case("sigint", "Ctrl-C once at a random moment", 20, _signal(signal.SIGINT)),
        Case("sigint-twice", "Ctrl-C twice at a random moment", 20, _signal(signal.SIGINT, 2)),
        Case("nohup", "SIGHUP of a run that was started with nohup", 2, _story(signals.ignored_hangup)),
        Case("closed-pipe", "the reader of the output goes away (`| head`)", 6, _story(signals.closed_pipe)),
        Case("full-pipe", "the reader of the output stops reading", 3, _story(signals.full_pipe)),
        Case("disk-full-start", "no room on the disk from the beginning", 4, _plain(files.disk_full_at_start)),
        Case("disk-full", "the disk fills up in the middle, then has room again", 12, _story(files.disk_full)),
        Case("read-only-folder", "the database's file system is mounted read-only", 3, _story(files.read_only_folder)),
        Case("read-only-file", "the database file alone is read-only", 3, _story(files.read_only_file)),
        Case("clock", "the wall clock jumps back and forth by hours and years", 6, _story(files.clock)),
        Case("cut-log", "the write-ahead log lost its end", 12, _plain(files.cut_log)),
        Case("damaged-log", "bytes of the write-ahead log were changed", 20, _plain(files.damaged_log)),
        Case("damaged-header", "the head of the database file was changed", 4, _plain(files.damaged_header)),
        Case("damaged-block", "a block inside the database file was changed", 16, _plain(files.damaged_block)),
        Case("missing-artifacts", "kept outputs were deleted or damaged", 3, _story(files.missing_artifacts)),
        Case("two-runs", "two runs on one database at the same moment", 10, _story(files.two_runs)),
        Case("readers", "status, best and sql in a loop throughout", 2, _story(files.readers)),
        Case("stuck-reader", "a reader that asks for much and is stopped", 3, _story(files.stuck_reader)),
        Case("dead-lock", "a lock file of a dead process, a reused pid, garbage", 10, _story(files.dead_lock)),
        Case("held-lock", "a lock that only a child of the dead run holds", 2, _story(files.held_by_a_child)),
    )
}
