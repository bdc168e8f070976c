"""The few C library calls that Python has no binding for, through ctypes. Linux only; import lazily."""

from __future__ import annotations

import ctypes
import os
import struct

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAPBSET_DROP = 24
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
CAP_DAC_READ_SEARCH = 2
_CLOSE_RANGE = 436  # on every architecture
_CAPABILITY_VERSION_3 = 0x20080522

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]


def check(result: int, what: str) -> int:
    """``result``, or OSError naming ``what`` if it is negative."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: object) -> int:
    """A raw system call; int arguments are passed as C long. Returns -1 with errno set on failure."""
    ctypes.set_errno(0)
    return int(libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)))


def prctl(*arguments: int) -> int:
    """prctl(2) with all five arguments."""
    padded = [*arguments, 0, 0, 0, 0, 0][:5]
    return int(libc.prctl(*[ctypes.c_ulong(a) for a in padded]))


def close_range(lowest: int) -> bool:
    """Close all descriptors from ``lowest`` on by close_range(2); False on kernels without it (before 5.9)."""
    return syscall(_CLOSE_RANGE, lowest, 0xFFFFFFFF, 0) == 0


def die_with_parent() -> None:
    """Ask for SIGKILL when the parent thread ends. Setting credentials clears it: call again after that."""
    check(prctl(PR_SET_PDEATHSIG, 9), "prctl PDEATHSIG")


def no_new_privileges() -> None:
    """From here on, no exec gains rights; needed for Landlock and seccomp without privileges."""
    check(prctl(PR_SET_NO_NEW_PRIVS, 1), "prctl NO_NEW_PRIVS")


def set_capabilities(mask: int = 0) -> None:
    """Set the effective and permitted capabilities to ``mask`` (bits 0 to 31) and clear the inheritable ones."""
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    check(libc.capset(header, struct.pack("<6I", mask, mask, 0, 0, 0, 0)), "capset")


def drop_bounding_set() -> None:
    """Empty the bounding and ambient sets, where that is allowed (it needs CAP_SETPCAP)."""
    for capability in range(64):
        if prctl(PR_CAPBSET_DROP, capability) != 0:
            break
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
