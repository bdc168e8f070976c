"""The process above one candidate: makes its world, starts it, measures it, ends it, and reports.

In tier A it is PID 1 of the candidate's PID namespace: whatever is left there dies with it.
"""

# Runs below the supervisor, where plain system calls read better than paths.
# ruff: noqa: PTH102, PTH123, SIM105
from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from asi_evolve.sandbox import channel, child, meter, rlimits
from asi_evolve.sandbox.paths import DEVICES, WRITABLE_DEVICES

MB = 1 << 20
#: Sent on the control channel when the candidate's own code begins.
STARTED = b"+"
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


def serve(link: socket.socket, world: World) -> NoReturn:
    """Wait for one job on ``link``, run it, report, end. Never returns."""
    problem = ""
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        if meter.LINUX:
            from asi_evolve.sandbox import libc

            libc.die_with_parent()
            if world.tier == "A":
                from asi_evolve.sandbox import namespaces

                namespaces.unshare(namespaces.NEWNS, "mount namespace of a job")
                namespaces.mount_proc()
                namespaces.mount_work(world.default_disk_mb, world.default_inodes)
            else:
                libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
            # Same user id as the candidate: its descriptors and memory must not be reachable through /proc.
            libc.prctl(libc.PR_SET_DUMPABLE, 0)
    except OSError as error:
        problem = str(error)
    try:
        job, descriptors = channel.receive(link)
    except (EOFError, OSError):
        os._exit(0)
    link.close()
    control = socket.socket(fileno=descriptors[4])
    try:
        report = {"setup": problem} if problem else _Job(job, descriptors[:4], control, world).run()
    except OSError as error:
        report = {"setup": str(error)}
    except Exception as error:
        # Never a verdict on the candidate.
        report = {"fault": f"{type(error).__name__}: {error}"[:500]}
    try:
        control.sendall(json.dumps(report).encode() + b"\n")
    except OSError:
        pass
    if world.tier != "A":
        meter.remove_tree(_work(world, job))
    os._exit(0)


def _work(world: World, job: dict[str, Any]) -> str:
    return "/box" if world.tier == "A" else f"{world.base}/{job['id']}"


class _Job:
    def __init__(self, job: dict[str, Any], pipes: list[int], control: socket.socket, world: World) -> None:
        self.job, self.pipes, self.control, self.world = job, pipes, control, world
        self.limits = job["limits"]
        self.work = _work(world, job)
        self.peak = 0.0
        self.base_memory = 0
        self.base_size = 0
        self.base_cpu = 0.0
        self.reaped_cpu = 0.0
        self.next_disk = 0.0
        self.family: list[int] = []
        self.ended: tuple[int, int, resource.struct_rusage] | None = None

    def run(self) -> dict[str, Any]:
        uid = self._make_work()
        gate, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            gate.close()
            _candidate(self.job, self.pipes, theirs.detach(), self.work, uid, self.world)
        theirs.close()
        for descriptor in self.pipes:
            os.close(descriptor)
        answer = gate.recv(4096)
        if answer != b"ok":
            gate.close()
            _kill(pid)
            os.waitpid(pid, 0)
            return {"setup": answer.decode(errors="replace") or "the candidate's process died while it was set up"}
        # Measured while the candidate waits: nothing of its own may pass for what was there before it.
        at_start = meter.status(pid)
        self.base_memory = at_start.get("RssAnon", 0) + at_start.get("RssShmem", 0)
        self.base_size = at_start.get("VmSize", 0)
        self.base_cpu = meter.cpu_clock(pid)
        # From here on the job has started: it is not given to another server if this one dies.
        self.control.sendall(STARTED)
        start = time.monotonic()
        gate.close()
        end, detail = self._watch(pid, start)
        wall = time.monotonic() - start
        cpu = meter.cpu_clock(pid)
        if self.ended is None:
            _kill(pid)
            self.ended = os.wait4(pid, 0)
        _, status, usage = self.ended
        if self.world.tier == "E":
            _kill_descendants()
        used = max(usage.ru_utime + usage.ru_stime, cpu) - self.base_cpu + self.reaped_cpu
        scale = 1024 if meter.LINUX else 1
        peak = max(self.peak, usage.ru_maxrss * scale - at_start.get("VmRSS", 0))
        return {
            "end": end,
            "detail": detail,
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            "wall": wall,
            "cpu": max(0.0, used),
            "peak_mb": max(0.0, peak / MB),
        }

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
        handle = meter.exit_handle(pid)
        if handle >= 0:
            poller.register(handle, select.POLLIN)
        pause = _FIRST_POLL
        deadline = start + self.limits["wall_s"]
        try:
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    return "wall", f"{self.limits['wall_s']:g} s"
                events = poller.poll(max(0.0, min(pause, left)) * 1000)
                for descriptor, _ in events:
                    if descriptor == handle:
                        return "exit", ""
                    # One byte means stop; end of file, that the supervisor is gone.
                    return ("stop" if self.control.recv(16) else "gone"), ""
                if handle < 0:
                    ended = os.wait4(pid, os.WNOHANG)
                    if ended[0]:
                        self.ended = ended
                        return "exit", ""
                over = self._over(pid)
                if over is not None:
                    return over
                pause = min(pause * 1.5, _LAST_POLL)
        finally:
            if handle >= 0:
                os.close(handle)

    def _over(self, pid: int) -> tuple[str, str] | None:
        many = self.limits["processes"] > 1 or self.world.tier == "E"
        if not many:
            pids = [pid]
        elif self.world.tier == "A":
            self._reap(pid)
            pids = meter.namespace_pids()
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
        cpu = sum(meter.cpu_clock(each) for each in pids) - self.base_cpu + self.reaped_cpu
        if cpu > self.limits["cpu_s"]:
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

    def _reap(self, candidate: int) -> None:
        """As init: collect the orphans that ended."""
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None or ended.si_pid == candidate:
                return
            _, _, usage = os.wait4(ended.si_pid, 0)
            self.reaped_cpu += usage.ru_utime + usage.ru_stime


def _candidate(job: dict[str, Any], pipes: list[int], gate: int, work: str, uid: int, world: World) -> NoReturn:
    """In the forked child: every door is closed, then the supervisor's frame is read and run.

    ``gate`` is closed at the other end when the candidate may begin.
    """
    code = 1
    try:
        gate = child.arrange_descriptors(pipes[0], pipes[1], pipes[2], pipes[3], gate)
        limits = job["limits"]
        os.chdir(work)
        os.environ.clear()
        os.environ.update(
            HOME=work,
            TMPDIR=work,
            USER="candidate",
            LOGNAME="candidate",
            PATH="/usr/bin:/bin",
            LANG="C.UTF-8",
            OMP_NUM_THREADS=str(limits["threads"]),
        )
        sys.dont_write_bytecode = True
        sys.argv = ["candidate"]
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        # The jail may hide the numbers; modules that are imported in it (``prepare``) are measured after that.
        before = rlimits.in_use()
        if meter.LINUX:
            _confine(limits, work, uid, world)
        world.prepare()
        rlimits.apply(
            in_use=rlimits.in_use() if world.fresh else before,
            memory_mb=limits["memory_mb"],
            cpu_s=limits["cpu_s"],
            disk_mb=limits["disk_mb"],
            per_user=world.tier == "A" or uid >= 0,
        )
        os.write(gate, b"ok")
        os.read(gate, 1)
        os.close(gate)
    except BaseException as error:
        os.write(gate, f"{type(error).__name__}: {error}".encode()[:2000])
        os._exit(97)
    try:
        pipe = child.Pipe(limits["output_mb"] * MB)
        code = child.run(pipe.read(), pipe)
    except BaseException:
        code = 98
    finally:
        os._exit(code)


def _confine(limits: dict[str, Any], work: str, uid: int, world: World) -> None:
    from asi_evolve.sandbox import landlock, libc, seccomp

    libc.die_with_parent()
    libc.prctl(libc.PR_SET_DUMPABLE, 1)
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass
    if world.tier == "E":
        os.setsid()
        return
    libc.no_new_privileges()
    if uid >= 0:
        if world.search_capability:
            libc.prctl(libc.PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    libc.set_capabilities(1 << libc.CAP_DAC_READ_SEARCH if world.search_capability and uid >= 0 else 0)
    # Changing credentials clears this one.
    libc.die_with_parent()
    if world.tier == "A":
        libc.prctl(libc.PR_SET_DUMPABLE, 1)
        own = ["/proc"] if limits["processes"] > 1 else [f"/proc/{os.getpid()}"]
    else:
        os.setsid()
        # For the warden, which counts what it holds open; other candidates see nothing of /proc.
        libc.prctl(libc.PR_SET_DUMPABLE, 1)
        own = []
    facts = ["/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/sys/vm/overcommit_memory"]
    writable = [work, "/dev/shm"] if world.tier == "A" else [work]
    abi = landlock.restrict([*world.read_only, *own, *facts, *DEVICES], writable, WRITABLE_DEVICES)
    seccomp.load(processes=limits["processes"], metadata=world.tier == "A", truncate=abi >= 3 or world.tier == "A")


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _kill_descendants() -> None:
    """Without a PID namespace, orphans land on this subreaper: kill until nobody is left."""
    for _ in range(500):
        if not meter.LINUX:
            return
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        left = meter.descendants(os.getpid())
        for pid in left:
            try:
                _kill(pid)
            except PermissionError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        if not left:
            return
        time.sleep(0.002)
