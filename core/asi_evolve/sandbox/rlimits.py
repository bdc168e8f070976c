"""Resource limits that the kernel keeps for one process, as the second line behind the warden's polls."""

from __future__ import annotations

import math
import resource
import sys

from asi_evolve.sandbox import meter

MB = 1 << 20
#: Threads that a candidate may have, whatever ``Limits.threads`` says (honest code may start a few).
THREAD_CAP = 64
#: Processes and threads of one user id: the jobs of a server share it (and without a user namespace, all servers), so
#: it is a last stop only; each job's own number is polled.
_PER_USER = 4096
#: Descriptors beyond the ones it starts with.
OPEN_FILES = 128
#: Address space beyond the memory limit: allocators and thread stacks reserve without using.
_ADDRESS_SLACK = 8 << 30
#: Data segment beyond the memory limit: allocator arenas, and stacks of threads, which are reserved and hardly used.
_DATA_SLACK = 64 * MB + THREAD_CAP * 8 * MB


def apply(*, in_use: tuple[int, int], memory_mb: int, cpu_s: float, disk_mb: int, per_user: bool) -> None:
    """Set the limits of this process, on top of what it already uses.

    Args:
        in_use: Bytes of address space and of data segment (:func:`in_use`), measured while /proc could be read.
        memory_mb: Private memory that may be added; beyond it allocation fails (MemoryError).
        cpu_s: CPU seconds that may be added; the warden's clock is exact, this one rounds up.
        disk_mb: Largest file.
        per_user: Whether the user id is the jail's own, so that a count of its processes means something.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = math.ceil(used.ru_utime + used.ru_stime + cpu_s) + 1
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_CPU, cpu, cpu + 1)
    _lower(resource.RLIMIT_FSIZE, disk_mb * MB)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    _lower(resource.RLIMIT_STACK, 8 * MB, 64 * MB)
    if not sys.platform.startswith("linux"):
        return
    _lower(resource.RLIMIT_MEMLOCK, 0)
    _lower(resource.RLIMIT_MSGQUEUE, 0)
    _lower(resource.RLIMIT_SIGPENDING, 256)
    pages, data = in_use
    _lower(resource.RLIMIT_DATA, data + memory_mb * MB + _DATA_SLACK)
    _lower(resource.RLIMIT_AS, pages + memory_mb * MB + _ADDRESS_SLACK)
    if per_user:
        _lower(resource.RLIMIT_NPROC, _PER_USER)


def _lower(which: int, soft: int, hard: int | None = None) -> None:
    """Set a limit, never above the hard limit that is in force."""
    wanted = soft if hard is None else hard
    _, ceiling = resource.getrlimit(which)
    if ceiling != resource.RLIM_INFINITY:
        soft, wanted = min(soft, ceiling), min(wanted, ceiling)
    resource.setrlimit(which, (soft, wanted))


def in_use() -> tuple[int, int]:
    """Bytes of address space and of data segment of this process; a generous guess where they cannot be read."""
    fields = meter.status("self")
    return fields.get("VmSize", 4 << 30), fields.get("VmData", 1 << 30)
