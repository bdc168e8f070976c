"""The process above the candidates of one cell: makes their world, has them started, measures, ends them, and reports.

In tier A it is PID 1 of the PID namespace: whatever is left there dies with it. It serves one job after the other, each
in a work folder of its own, with a candidate that was forked from a process without a past (see
:mod:`asi_evolve.sandbox.zygote`).
"""

# Runs below the supervisor, where plain system calls read better than paths.
# ruff: noqa: PTH102
from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from asi_evolve.sandbox import channel, meter, rlimits
from asi_evolve.sandbox.zygote import Zygote

MB = 1 << 20
#: Sent on the control channel when the candidate's own code begins.
STARTED = b"+"
#: Sent to the warden, once for each job: stop it, or, after the report, that it was read.
STOP = b"x"
#: Then a new cell takes over, so that nothing can pile up.
_MOST_JOBS = 1000
_FIRST_POLL, _LAST_POLL = 0.002, 0.02
_DISK_POLL = 0.05


@dataclass(slots=True)
class World:
    """What all jobs of one server share."""

    tier: str
    read_only: list[str]
    root: bool
    """Whether the server runs as root (tier B: each candidate gets a user id of its own)."""
    base: str = ""
    """Folder in which work folders are made (tiers B and E)."""
    search_capability: bool = False
    """Whether the interpreter lies where only root may look: the candidate keeps the right to look, within Landlock."""
    fresh: tuple[str, ...] = ()
    """Modules to import in each candidate's own process instead of in the server."""
    default_disk_mb: int = 64
    default_inodes: int = 2048
    prepare: Callable[[], None] = field(default=lambda: None)
    """Called in each candidate's process before its limits start (imports the ``fresh`` modules)."""


def serve(control: socket.socket, world: World) -> NoReturn:
    """Run the jobs that come on ``control`` until that is closed. Never returns."""
    problem = ""
    zygote = None
    try:
        _settle(world)
        zygote = Zygote(world, [control.fileno()])
    except OSError as error:
        problem = str(error)
    for number in range(_MOST_JOBS):
        if zygote is not None:
            try:
                if world.tier == "A":
                    from asi_evolve.sandbox import namespaces

                    namespaces.fresh_work(world.default_disk_mb, world.default_inodes, again=number > 0)
                    namespaces.next_pid(zygote.pid + 1)
                zygote.order()
            except OSError as error:
                if number:
                    break  # it worked before: a new cell may, and if not, says why
                problem = str(error)
        try:
            job, pipes = channel.receive(control)
        except (EOFError, OSError):
            os._exit(0)
        again = number + 1 < _MOST_JOBS
        try:
            if problem or zygote is None:
                report, again = {"setup": problem}, False
            else:
                run = _Job(job, pipes, control, zygote, world)
                report = run.run()
                again = again and run.clean
        except OSError as error:
            report, again = {"setup": str(error)}, False
        except Exception as error:
            # Never a verdict on the candidate.
            report, again = {"fault": f"{type(error).__name__}: {error}"[:500]}, False
        try:
            control.sendall(json.dumps({**report, "again": again}).encode() + b"\n")
            if world.tier != "A":
                meter.remove_tree(_work(world, job))
            if not again or (report["end"] != "stop" and control.recv(1) != STOP):
                break
        except OSError:
            break
    os._exit(0)


def _settle(world: World) -> None:
    """Leave the server's session, and in tier A its view of the world."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    if meter.LINUX:
        from asi_evolve.sandbox import libc

        libc.die_with_parent()
        if world.tier == "A":
            from asi_evolve.sandbox import namespaces

            namespaces.unshare(namespaces.NEWNS, "mount namespace of a cell")
            namespaces.mount_proc()
        else:
            libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        # Same user id as the candidate: its descriptors and memory must not be reachable through /proc.
        libc.prctl(libc.PR_SET_DUMPABLE, 0)


def _work(world: World, job: dict[str, Any]) -> str:
    return "/box" if world.tier == "A" else f"{world.base}/{job['id']}"


class _Job:
    def __init__(
        self, job: dict[str, Any], pipes: list[int], control: socket.socket, zygote: Zygote, world: World
    ) -> None:
        self.job, self.pipes, self.control, self.zygote, self.world = job, pipes, control, zygote, world
        self.limits = job["limits"]
        self.work = _work(world, job)
        self.clean = False
        """Whether nothing of the job can be left but its work folder."""
        self.peak = 0.0
        self.base_memory = 0
        self.base_size = 0
        self.base_cpu = 0.0
        self.last_cpu = 0.0
        self.reaped_cpu = 0.0
        self.seen_cpu: dict[int, float] = {}
        self.next_disk = 0.0
        self.family: list[int] = []

    def run(self) -> dict[str, Any]:
        zygote = self.zygote
        pid = zygote.candidate
        uid = self._make_work()
        with contextlib.suppress(BrokenPipeError):
            channel.send(zygote.gate, {"limits": self.limits, "work": self.work, "uid": uid}, self.pipes)
        for descriptor in self.pipes:
            os.close(descriptor)
        answer = self._answer()
        if not answer:
            # It was killed from outside before it had begun, so another cell may do the job.
            os._exit(0)
        if answer != b"ok":
            return {"setup": answer.decode(errors="replace")}
        # Measured while the candidate waits: nothing of its own may pass for what was there before it.
        at_start = meter.status(pid)
        self.base_memory = at_start.get("RssAnon", 0) + at_start.get("RssShmem", 0)
        self.base_size = at_start.get("VmSize", 0)
        self.base_cpu = meter.cpu_clock(pid)
        # From here on the job has started: it is not given to another cell if this one dies.
        self.control.sendall(STARTED)
        start = time.monotonic()
        # A zygote that was killed meanwhile is noticed while watching: the job has started, so it ends with a verdict.
        with contextlib.suppress(BrokenPipeError):
            zygote.gate.send(b"g")
        end, detail = self._watch(pid, start)
        wall = time.monotonic() - start
        cpu = meter.cpu_clock(pid)
        zygote.kill()
        ended = zygote.end()
        if self.world.tier == "E":
            _kill_descendants(zygote.pid)
        if ended is None:
            return {"end": "gone", "detail": "", "signal": 0, "code": None, "wall": wall, "cpu": cpu, "peak_mb": 0.0}
        # A family may have members that this one did not wait for: the whole cell ends with it.
        self.clean = self.limits["processes"] == 1 or self.world.tier == "E"
        status = ended.status
        if end == "exit" and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            # Killed from outside, perhaps before it read its start signal: that would now wait for the next candidate.
            self.clean = False
        used = max(max(ended.cpu_s, cpu) + self.reaped_cpu, sum(self.seen_cpu.values()))
        peak = max(self.peak, ended.max_rss - at_start.get("VmRSS", 0))
        return {
            "end": end,
            "detail": detail,
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            "wall": wall,
            "cpu": max(0.0, used - self.base_cpu),
            "peak_mb": max(0.0, peak / MB),
        }

    def _answer(self) -> bytes:
        """What the candidate says at the gate; empty if it, or the zygote, died first."""
        poller = select.poll()
        for each in (self.zygote.gate, self.zygote):
            poller.register(each, select.POLLIN)
        gate = self.zygote.gate.fileno()
        events = [descriptor for descriptor, _ in poller.poll()]
        answer = self.zygote.gate.recv(4096) if gate in events else b""
        # What went wrong is said before the end; a good answer of a process that has ended is none.
        return b"" if answer == b"ok" and len(events) > 1 else answer

    def _make_work(self) -> int:
        """Make the empty work folder; returns the candidate's own user id, or -1 to keep this one."""
        if self.world.tier == "A":
            disk, inodes = self.limits["disk_mb"], self.limits["inodes"]
            if (disk, inodes) != (self.world.default_disk_mb, self.world.default_inodes):
                from asi_evolve.sandbox import namespaces

                namespaces.resize_work(disk, inodes)
            return -1
        os.mkdir(self.work, 0o700)
        if self.world.tier == "B" and self.world.root:
            from asi_evolve.sandbox.namespaces import JAIL_UID

            uid = JAIL_UID + 1 + int(self.job["id"]) % 1000
            os.chown(self.work, uid, uid)
            return uid
        return -1

    def _watch(self, pid: int, start: float) -> tuple[str, str]:
        """Until the candidate ends, a limit strikes, or the supervisor says stop: (what ended it, number in words)."""
        poller = select.poll()
        poller.register(self.control, select.POLLIN)
        poller.register(self.zygote, select.POLLIN)
        pause = _FIRST_POLL
        deadline = start + self.limits["wall_s"]
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return "wall", f"{self.limits['wall_s']:g} s"
            events = poller.poll(max(0.0, min(pause, left)) * 1000)
            for descriptor, _ in events:
                if descriptor == self.zygote.fileno():
                    return "exit", ""
                # One byte means stop; end of file, that the supervisor is gone.
                return ("stop" if self.control.recv(1) else "gone"), ""
            over = self._over(pid)
            if over is not None:
                return over
            pause = min(pause * 1.5, _LAST_POLL)

    def _over(self, pid: int) -> tuple[str, str] | None:
        many = self.limits["processes"] > 1 or self.world.tier == "E"
        now_cpu = 0.0 if many else meter.cpu_clock(pid)
        if now_cpu and now_cpu == self.last_cpu and (self.world.tier == "A" or time.monotonic() < self.next_disk):
            return None  # it has not run since, so nothing can have grown
        self.last_cpu = now_cpu
        if not many:
            pids = [pid]
        elif self.world.tier == "A":
            self._reap()
            pids = [each for each in meter.namespace_pids() if each != self.zygote.pid]
        else:
            # Walking all processes is dear: as often as the disk is looked at.
            if time.monotonic() >= self.next_disk:
                self.family = meter.descendants(pid)
            pids = [pid, *self.family]
        used, threads = -self.base_memory, 0
        for each in pids:
            fields = meter.status(each)
            in_view = fields.get("RssShmem", 0)
            if fields.get("VmSize", 0) - self.base_size > self.limits["memory_mb"] * MB:
                # So much is mapped that shared pages out of view could matter; rare, so the dear count is here.
                in_view = max(in_view, meter.shared(each))
            used += fields.get("RssAnon", 0) + in_view
            threads += fields.get("Threads", 0)
        self.peak = max(self.peak, used)
        if used > self.limits["memory_mb"] * MB:
            return "memory", f"{used / MB:.0f} MB of {self.limits['memory_mb']} MB"
        cpu = self._family_cpu(pids) if many else meter.cpu_clock(pid)
        if cpu - self.base_cpu > self.limits["cpu_s"]:
            return "cpu", f"{self.limits['cpu_s']:g} s"
        most = rlimits.THREAD_CAP + self.limits["threads"] * self.limits["processes"]
        if threads > most:
            return "threads", f"{threads} threads, at most {most} are allowed"
        if self.limits["processes"] > 1 and len(pids) > self.limits["processes"]:
            return "processes", f"{len(pids)} processes, at most {self.limits['processes']} are allowed"
        now = time.monotonic()
        if self.world.tier != "A" and now >= self.next_disk:
            largest = self.limits["disk_mb"] * MB
            size, entries = meter.disk(self.work, largest, self.limits["inodes"])
            size += sum(meter.unlinked(each, self.work, largest) for each in pids)
            # A large tree takes long to count: never spend more than a tenth of the time on it.
            self.next_disk = now + max(_DISK_POLL, 10 * (time.monotonic() - now))
            if size > self.limits["disk_mb"] * MB or entries > self.limits["inodes"]:
                return "disk", f"{size / MB:.0f} MB in {entries} files"
        return None

    def _family_cpu(self, pids: list[int]) -> float:
        """CPU seconds of these processes and of those that ended.

        Who waits for a child has its time on its own account, who ignores it has not: then what was last seen of it
        counts.
        """
        living = 0.0
        for each in pids:
            clock = meter.cpu_clock(each)
            living += clock + meter.waited_for(each)
            self.seen_cpu[each] = max(clock, self.seen_cpu.get(each, 0.0))
        return max(living + self.reaped_cpu, sum(self.seen_cpu.values()))

    def _reap(self) -> None:
        """As init: collect the orphans that ended."""
        while True:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None or ended.si_pid == self.zygote.pid:
                return
            _, _, usage = os.wait4(ended.si_pid, 0)
            self.reaped_cpu += usage.ru_utime + usage.ru_stime


def _kill_descendants(zygote: int) -> None:
    """Without a PID namespace, orphans land on this subreaper: kill until nobody but the zygote is left."""
    for _ in range(500):
        left = [pid for pid in meter.descendants(os.getpid()) if pid != zygote]
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        for pid in left:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                continue
        time.sleep(0.002)
