"""Tiers of isolation: what each promises, which of them this machine offers, and why not the others."""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from dataclasses import dataclass

from asi_evolve.errors import SandboxError

#: Letter -> what is promised there.
TIERS = {
    "A": "no network, no files but the listed read-only libraries, bounded memory, disk and processes, "
    "dies with the run; shares the host's kernel",
    "B": "as A in our tests; names and sizes of files can be probed, the disk limit is polled, one process only; "
    "if root's Python lies in a folder of root's, modes do not protect files in its readable folders",
    "C": "no network, no processes; files protected by permissions only",
    "D": "files and network confined by Seatbelt; memory limit is best effort",
    "E": "no isolation: runs with your rights, under time and memory limits; for code that you trust",
    "F": "a container or virtual machine for each worker: the only tier for hostile tenants; A or B stay inside it",
}
_NAMES = {"none": "E", **{letter: letter for letter in TIERS}, **{letter.lower(): letter for letter in TIERS}}


@dataclass(frozen=True, slots=True)
class TierReport:
    """What is known about one tier on this machine."""

    tier: str
    available: bool
    reason: str
    """Why it is not available, or how it was found to be."""
    statement: str
    """What it promises."""


#: One trial at a time, so that nobody makes one that is being made.
_TRYING = threading.RLock()


def _probe_one(tier: str) -> TierReport:
    with _TRYING:
        return _try(tier)


@functools.cache
def _try(tier: str) -> TierReport:
    """Set the tier up for real, with one job in it."""
    statement = TIERS[tier]
    if tier in ("A", "B") and not sys.platform.startswith("linux"):
        return TierReport(tier, False, f"needs Linux; this is {sys.platform}", statement)
    if tier == "C":
        return TierReport(
            tier, False, "for root on kernels before 5.13; not built: use A or B, or --sandbox none", statement
        )
    if tier == "D":
        where = "not built yet" if sys.platform == "darwin" else f"needs macOS; this is {sys.platform}"
        return TierReport(tier, False, where, statement)
    if tier == "F":
        return TierReport(tier, False, "set up outside: start each worker in a container or virtual machine", statement)
    if tier == "E":
        return TierReport(tier, True, "always there; used only when named (--sandbox none)", statement)
    from asi_evolve.records import Limits
    from asi_evolve.sandbox.client import Server, ServerGoneError
    from asi_evolve.sandbox.supervise import Supervision, plain
    from asi_evolve.sandbox.wire import encode

    limits = Limits(wall_s=20, cpu_s=10, memory_mb=256, disk_mb=4)
    job = {
        "mode": "run",
        "files": {"p.py": "def solve():\n    return 1\n"},
        "entry": "p.py",
        "harness": "",
        "call": "solve",
    }
    try:
        server = Server(tier, libraries=(), harness="", readonly_paths=(), limits=limits, spares=0)
        try:
            first = encode({**job, "function": "", "seed": 0, "inputs": {}, "limits": plain(limits), "token": "1"})
            outcome = Supervision(server, limits, first, "1", None, None).run()
        finally:
            server.close()
    except (SandboxError, ServerGoneError, OSError) as error:
        return TierReport(tier, False, str(error).removeprefix("sandbox: "), statement)
    if outcome.status != "ok":
        return TierReport(tier, False, f"a trial job ended with {outcome.status}: {outcome.error}", statement)
    return TierReport(tier, True, "a trial job ran in it", statement)


def probe() -> dict[str, TierReport]:
    """All tiers, A to F. Tiers A and B are tried by doing the whole set-up once; cached for the process."""
    return {tier: _probe_one(tier) for tier in TIERS}


def probe_ahead(requested: str) -> None:
    """Begin in the background what :func:`resolve_tier` will ask for, while the caller loads its own modules."""

    def ahead() -> None:
        with contextlib.suppress(SandboxError):
            resolve_tier(requested, assembled_only=False)

    threading.Thread(target=ahead, daemon=True).start()


def resolve_tier(requested: str, *, assembled_only: bool) -> str:
    """The tier to use.

    Args:
        requested: ``auto``, a letter, or ``none`` (the same as ``E``).
        assembled_only: Whether every program is put together from blocks that ship with an installed plugin; such
            programs may run without isolation where there is none, and are labelled so.

    Raises:
        SandboxError: if it is unknown or cannot be had here.
    """
    if requested == "auto":
        reasons = []
        for tier in ("A", "B"):
            report = _probe_one(tier)
            if report.available:
                return tier
            reasons.append(f"{tier}: {report.reason}")
        if assembled_only:
            return "E"
        raise SandboxError(
            f"sandbox: no isolation is available here ({'; '.join(reasons)}); code that you trust runs without it "
            "if you say so: --sandbox none"
        )
    letter = _NAMES.get(requested)
    if letter is None:
        raise SandboxError(f"--sandbox: there is no tier {requested!r}; choose auto, A, B or none")
    report = _probe_one(letter)
    if not report.available:
        raise SandboxError(f"--sandbox {requested}: tier {letter} cannot be had here: {report.reason}")
    return letter
