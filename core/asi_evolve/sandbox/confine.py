"""Between the fork and the candidate's first line: every door is closed, in an order that the kernel allows."""

# Runs below the supervisor, where plain system calls read better than paths.
from __future__ import annotations

import gc
import os
import socket
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from asi_evolve.sandbox import channel, child, meter, rlimits
from asi_evolve.sandbox.paths import DEVICES, WRITABLE_DEVICES

if TYPE_CHECKING:
    from asi_evolve.sandbox.warden import World

MB = 1 << 20
_FACTS = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/sys/vm/overcommit_memory")


class Doors:
    """What is the same for every candidate, made once in the process that they are forked from."""

    def __init__(self, world: World) -> None:
        sys.dont_write_bytecode = True
        sys.argv = ["candidate"]
        os.environ.clear()
        os.environ.update(USER="candidate", LOGNAME="candidate", PATH="/usr/bin:/bin", LANG="C.UTF-8")
        self.rules: Any = None
        if meter.LINUX and world.tier != "E":
            from asi_evolve.sandbox.landlock import Rules

            self.rules = Rules([*world.read_only, *_FACTS, *DEVICES], WRITABLE_DEVICES)


def candidate(gate: socket.socket, world: World, doors: Doors) -> NoReturn:
    """In the forked child: wait for the job at the gate, close every door, and run the supervisor's frame.

    The gate is closed at the other end, or says a byte, when the candidate may begin.
    """
    code = 1
    say = gate.fileno()
    try:
        if meter.LINUX:
            from asi_evolve.sandbox import libc

            libc.die_with_parent()
        job, pipes = channel.receive(gate)
        limits, work = job["limits"], job["work"]
        os.chdir(work)
        os.environ.update(HOME=work, TMPDIR=work, OMP_NUM_THREADS=str(limits["threads"]))
        # The jail may hide the numbers; modules that are imported in it (``prepare``) are measured after that.
        before = rlimits.in_use()
        if meter.LINUX:
            _confine_files(limits, work, job["uid"], world, doors)
        say = child.arrange_descriptors(pipes[0], pipes[1], pipes[2], pipes[3], say)
        if meter.LINUX and world.tier != "E":
            from asi_evolve.sandbox import seccomp

            whole = world.tier == "A"
            seccomp.load(processes=limits["processes"], metadata=whole, truncate=whole or doors.rules.abi >= 3)
        world.prepare()
        rlimits.apply(
            in_use=rlimits.in_use() if world.fresh else before,
            memory_mb=limits["memory_mb"],
            cpu_s=limits["cpu_s"],
            disk_mb=limits["disk_mb"],
            per_user=world.tier == "A" or job["uid"] >= 0,
        )
        gc.enable()
        os.write(say, b"ok")
        os.read(say, 1)
        os.close(say)
    except BaseException as error:
        os.write(say, f"{type(error).__name__}: {error}".encode()[:2000])
        os._exit(97)
    try:
        gate.detach()
        pipe = child.Pipe(limits["output_mb"] * MB)
        code = child.run(pipe.read(), pipe)
    except BaseException:
        code = 98
    finally:
        os._exit(code)


def _confine_files(limits: dict[str, Any], work: str, uid: int, world: World, doors: Doors) -> None:
    from asi_evolve.sandbox import libc

    libc.prctl(libc.PR_SET_DUMPABLE, 1)
    try:
        handle = os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
        os.write(handle, b"1000")
        os.close(handle)
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
    # For the warden, which counts what it holds open; other candidates see nothing of /proc.
    libc.prctl(libc.PR_SET_DUMPABLE, 1)
    if world.tier == "A":
        own, writable = ["/proc" if limits["processes"] > 1 else "/proc/self/"], [work, "/dev/shm"]
    else:
        os.setsid()
        own, writable = [], [work]
    doors.rules.restrict(own, writable)
