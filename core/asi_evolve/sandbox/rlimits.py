"""Resource limits that the kernel keeps for one process, as the second line behind the warden's polls."""

from __future__ import annotations

import math
import resource
import sys
from pathlib import Path

MB = 1 << 20
#: Threads that a candidate may have, whatever ``Limits.threads`` says (honest code may start a few).
THREAD_CAP = 64
#: Descriptors beyond the ones it starts with.
OPEN_FILES = 128
#: Address space beyond the memory limit: allocators and thread stacks reserve without using.
_ADDRESS_SLACK = 8 << 30
#: Data segment beyond the memory limit: allocator arenas, and stacks of threads, which are reserved and hardly used.
_DATA_SLACK = 64 * MB + THREAD_CAP * 8 * MB


def apply(*, memory_mb: int, cpu_s: float, disk_mb: int, processes: int, per_user: bool) -> None:
    """Set the limits of this process, on top of what it already uses.

    Args:
        memory_mb: Private memory that may be added; beyond it allocation fails (MemoryError).
        cpu_s: CPU seconds that may be added; the warden's clock is exact, this one rounds up.
        disk_mb: Largest file.
        processes: Processes asked for.
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
    pages, data = _in_use()
    _lower(resource.RLIMIT_DATA, data + memory_mb * MB + _DATA_SLACK)
    _lower(resource.RLIMIT_AS, pages + memory_mb * MB + _ADDRESS_SLACK)
    if per_user:
        _lower(resource.RLIMIT_NPROC, 4 * THREAD_CAP + processes)


def _lower(which: int, soft: int, hard: int | None = None) -> None:
    """Set a limit, never above the hard limit that is in force."""
    wanted = soft if hard is None else hard
    _, ceiling = resource.getrlimit(which)
    if ceiling != resource.RLIM_INFINITY:
        soft, wanted = min(soft, ceiling), min(wanted, ceiling)
    resource.setrlimit(which, (soft, wanted))


def _in_use() -> tuple[int, int]:
    """Bytes of address space and of data segment of this process."""
    try:
        fields = dict(
            line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("Vm")
        )
        return int(fields["VmSize"].split()[0]) * 1024, int(fields["VmData"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return 4 << 30, 1 << 30
