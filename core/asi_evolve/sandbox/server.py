"""The warm server: started as ``python -I server.py FD PACKAGES``, imports once, then forks wardens.

It never computes and never sees a candidate's data. It ends when the supervisor ends, however that ends.
"""

# Runs below the supervisor, where plain system calls read better than paths.
# ruff: noqa: PTH208
from __future__ import annotations

import contextlib
import importlib
import os
import select
import signal
import socket
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from asi_evolve.sandbox.warden import World

#: Of large libraries the parts that candidates commonly use, so that no job pays for their import.
_COMMON_PARTS = {
    "scipy": ("optimize", "spatial", "linalg", "special", "sparse", "interpolate", "stats"),
    "numpy": ("linalg", "random", "fft", "polynomial", "ma"),
}
_COMMON = (
    "bisect, cmath, collections, copy, ctypes, dataclasses, decimal, enum, fractions, functools, heapq, itertools, "
    "json, linecache, logging, math, operator, random, re, statistics, string, tempfile, time, traceback, typing, "
    "unicodedata, warnings"
)


def tasks() -> int:
    """Threads of this process (1 where that cannot be read)."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def _import(libraries: list[str], harness: str) -> None:
    for name in [*_COMMON.split(", "), "asi_evolve.markers", "asi_evolve.records"]:
        importlib.import_module(name)
    for name in libraries:
        importlib.import_module(name)
        for part in _COMMON_PARTS.get(name, ()):
            with contextlib.suppress(ImportError):
                importlib.import_module(f"{name}.{part}")
    if harness:
        package, _, function = harness.partition(":")
        getattr(importlib.import_module(package), function)


def _interpreter_is_private(uid: int) -> bool:
    """Whether a user without rights could not read the standard library (root's own interpreter)."""
    probe = os.fork()
    if probe == 0:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            os._exit(0 if os.access(os.__file__, os.R_OK) else 1)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(probe, 0)[1]) != 0


def _enter(world: World, link: socket.socket) -> int:
    """Tier A: go into the namespaces. Returns a descriptor of the server's own PID namespace; -1 in other tiers."""
    if world.tier != "A":
        return -1
    from asi_evolve.sandbox import libc, namespaces

    namespaces.enter(world.read_only)
    pid = os.fork()
    if pid:
        # The outer process only waits: if it is killed, PID 1 below goes too, and with it everything.
        link.close()
        status = os.waitpid(pid, 0)[1]
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    libc.die_with_parent()
    namespaces.mount_proc()
    return os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


class _Server:
    def __init__(self, link: socket.socket, world: World, own_namespace: int) -> None:
        self.link, self.world, self.own_namespace = link, world, own_namespace
        self.wardens: dict[int, int] = {}

    def cell(self, number: int, control: int) -> None:
        """Fork the warden of a new cell, which makes its world and waits for jobs on ``control``."""
        from asi_evolve.sandbox import warden

        if self.own_namespace >= 0:
            from asi_evolve.sandbox import namespaces

            namespaces.setns(self.own_namespace, namespaces.NEWPID)
            namespaces.unshare(namespaces.NEWPID, "PID namespace of a cell")
        pid = os.fork()
        if pid == 0:
            self.link.close()
            warden.serve(socket.socket(fileno=control), self.world)
        os.close(control)
        self.wardens[number] = pid

    def loop(self, supervisor: int) -> NoReturn:
        """Serve until the supervisor is gone."""
        from asi_evolve.sandbox import channel, meter

        parent = os.getppid()
        poller = select.poll()
        poller.register(self.link, select.POLLIN)
        if supervisor >= 0:
            poller.register(supervisor, select.POLLIN)
        while True:
            # Where nothing tells of the supervisor's end but the closed channel, look for a new parent as well.
            events = poller.poll(None if supervisor >= 0 else 1000)
            if supervisor < 0 and os.getppid() != parent:
                break
            if not events:
                continue
            if any(descriptor == supervisor for descriptor, _ in events):
                break
            try:
                message, descriptors = channel.receive(self.link)
            except (EOFError, OSError):
                break
            if message["op"] == "cell":
                self.cell(message["id"], descriptors[0])
            elif message["op"] == "kill" and message["id"] in self.wardens:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.wardens.pop(message["id"]), signal.SIGKILL)
            elif message["op"] == "done":
                self.wardens.pop(message["id"], None)
        for pid in self.wardens.values():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if self.world.base:
            for pid in meter.descendants(os.getpid()):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            meter.remove_tree(self.world.base)
        os._exit(0)


def main() -> None:
    """Import, go into the jail, say so, serve."""
    packages = sys.argv[2]
    sys.path.insert(0, packages)
    from asi_evolve.sandbox import channel, child, fresh, meter, rlimits, wire  # noqa: F401
    from asi_evolve.sandbox.warden import World

    link = socket.socket(fileno=int(sys.argv[1]))
    boot, _ = channel.receive(link)
    parent = os.getppid()
    supervisor = meter.exit_handle(parent)
    if parent != boot["parent"]:
        os._exit(0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    step = "import"
    try:
        sys.path.extend(path for path in boot["search"] if path not in sys.path)
        world = World(
            tier=boot["tier"],
            read_only=boot["read_only"],
            root=os.getuid() == 0,
            base=boot["base"],
            default_disk_mb=boot["disk_mb"],
            default_inodes=boot["inodes"],
        )
        if boot["fresh"]:
            _import([], "")
            modules = [*boot["libraries"], boot["harness"].partition(":")[0]]
            fresh.install(["asi_evolve", *modules], world.read_only)

            def prepare() -> None:
                _import(boot["libraries"], boot["harness"])

            world.prepare, world.fresh = prepare, tuple(modules)
        else:
            _import(boot["libraries"], boot["harness"])
        count = tasks()
        if count > 1:
            channel.send(link, {"tasks": count})
            os._exit(0)
        # What is imported later must come from readable folders.
        sys.path[:] = [
            path for path in sys.path if any((path + "/").startswith(each + "/") for each in world.read_only)
        ]
        sys.path_importer_cache.clear()
        import gc

        # A collection would write to the pages that all below share; candidates switch it on again.
        gc.collect()
        gc.freeze()
        gc.disable()
        step = "isolate"
        if meter.LINUX and world.tier != "E":
            from asi_evolve.sandbox import landlock, libc, namespaces, seccomp  # noqa: F401

            if world.tier == "B" and world.root:
                world.search_capability = _interpreter_is_private(namespaces.JAIL_UID)
        own = _enter(world, link)
        if meter.LINUX and world.tier != "E":
            # Inherited by all below; the server keeps what it holds already.
            libc.drop_bounding_set()
            for truncate in (False, True):
                seccomp.template(False, world.tier == "A", truncate)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        channel.send(link, {"tasks": 1})
    except BaseException as error:
        channel.send(link, {"step": step, "error": f"{type(error).__name__}: {error}"[:1000]})
        os._exit(1)
    _Server(link, world, own).loop(supervisor)


if __name__ == "__main__":
    main()
