"""Seccomp: which system calls a candidate may make, as a classic BPF program loaded by prctl(2).

The program checks the architecture, then the call number against :mod:`asi_evolve.sandbox.syscalls`, and for a few
calls their arguments (always the low 32 bits, and both halves where the value is a pointer). What is not listed
gets ENOSYS. Format: Linux kernel documentation, "Seccomp BPF" (userspace-api/seccomp_filter).
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import platform
import struct

from asi_evolve.sandbox.libc import check, libc
from asi_evolve.sandbox.syscalls import ALLOWED, METADATA, MODES_AND_TIMES, REFUSED, numbers

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_X32_BIT = 0x40000000

MAP_SHARED, MAP_ANONYMOUS = 0x01, 0x20
CLONE_VM, CLONE_FILES, CLONE_THREAD = 0x00000100, 0x00000400, 0x00010000
CLOSE_RANGE_UNSHARE = 0x2
#: New namespaces of any kind (mount, cgroup, UTS, IPC, user, PID, network, time).
CLONE_NEW = 0x7E020080
#: isatty, window size, bytes waiting, close-on-exec, non-blocking: the rest of ioctl talks to devices.
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5450, 0x5451, 0x5421)
#: F_SETOWN, F_SETSIG, F_SETOWN_EX would let a descriptor send a signal to another process; F_SETLEASE, F_NOTIFY and the
#: write hints (F_SET_RW_HINT, F_SET_FILE_RW_HINT) leave a mark on a file that may only be read.
_FCNTLS_REFUSED = (8, 10, 15, 1024, 1026, 1036, 1038)
#: PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS, PR_SET_VMA.
_PRCTLS = (15, 16, 3, 39, 0x53564D41)


class _Program:
    def __init__(self) -> None:
        self.code: _Code = []

    def op(self, code: int, value: int, if_true: int = 0, if_false: int = 0) -> None:
        self.code.append((code, if_true, if_false, value & 0xFFFFFFFF))

    def load_argument(self, index: int, high: bool = False) -> None:
        self.op(_LOAD, 16 + 8 * index + (4 if high else 0))

    def answer(self, number: int, action: int) -> None:
        """If the call is ``number``: ``action``."""
        self.op(_JUMP_EQUAL, number, 0, 1)
        self.op(_RETURN, action)

    def one_of(self, argument: int, values: tuple[int, ...], found: int, otherwise: int) -> _Program:
        self.load_argument(argument)
        for value in values:
            self.answer(value, found)
        self.op(_RETURN, otherwise)
        return self

    def packed(self) -> bytes:
        return b"".join(struct.pack("<HBBI", *each) for each in self.code)


def build(machine: str, *, own_pid: int, processes: int, metadata: bool, truncate: bool) -> bytes:
    """The filter as packed BPF instructions.

    Args:
        machine: ``x86_64`` or ``aarch64``.
        own_pid: The only process that may be signalled while ``processes`` is 1.
        processes: 1: threads only; more: fork too, and signals within the PID namespace. Never exec.
        metadata: Whether chmod, chown and utime are allowed (only where a mount namespace confines them); otherwise
            chmod and utime do nothing and say that they succeeded, and chown is refused.
        truncate: Whether truncate(2) by path is allowed (Landlock covers it from ABI 3 on).
    """
    number = numbers(machine)
    refuse = _ERRNO | errno.EPERM
    program = _Program()
    program.op(_LOAD, 4)
    program.op(_JUMP_EQUAL, _AUDIT_ARCH[machine], 1, 0)
    program.op(_RETURN, _KILL_PROCESS)
    program.op(_LOAD, 0)
    if machine == "x86_64":
        program.op(_JUMP_AT_LEAST, _X32_BIT, 0, 1)
        program.op(_RETURN, _KILL_PROCESS)

    clone = _Program()
    clone.load_argument(0)
    # A thread with descriptors of its own could hold files and buffers that no count of the process sees.
    one = processes <= 1
    clone.op(_JUMP_ANY_BIT, CLONE_THREAD, 0, 2)
    clone.op(_JUMP_ANY_BIT, CLONE_FILES, 2 if one else 1, 0)
    clone.op(_RETURN, refuse)
    if one:
        clone.op(_RETURN, refuse)
    clone.op(_JUMP_ANY_BIT, CLONE_NEW, 0, 1)
    clone.op(_RETURN, refuse)
    clone.op(_RETURN, _ALLOW)
    special = {
        "mmap": _not_shared_anonymous(refuse),
        "close_range": _without_bits(2, CLOSE_RANGE_UNSHARE, refuse),
        "clone": clone,
        # Its flags lie behind a pointer, out of the filter's sight: the C library falls back to clone.
        "clone3": _constant(_ERRNO | errno.ENOSYS),
        "ioctl": _Program().one_of(1, _IOCTLS, _ALLOW, _ERRNO | errno.ENOTTY),
        "fcntl": _Program().one_of(1, _FCNTLS_REFUSED, refuse, _ALLOW),
        "prctl": _Program().one_of(0, _PRCTLS, _ALLOW, refuse),
        "sched_setaffinity": _Program().one_of(0, (0, own_pid), _ALLOW, refuse),
        "prlimit64": _Program().one_of(0, (0, own_pid), _ALLOW, refuse),
        # Event loops wake themselves through a stream pair; datagram pairs could send to another address.
        "socketpair": _stream_pair(refuse),
        "sendto": _no_address(refuse),
        "utimensat": _constant(_ALLOW if metadata else _ERRNO),
        "fchmodat2": _constant(_ALLOW if metadata else _ERRNO),
    }
    own = _constant(_ALLOW) if processes > 1 else _Program().one_of(0, (own_pid,), _ALLOW, refuse)
    special["kill"] = special["tgkill"] = own
    # "Not supported" is what the copying helpers of the standard library take for an answer.
    for name in ("getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr"):
        special[name] = _constant(_ERRNO | errno.ENOTSUP)
    for name in ("fork", "vfork"):
        special[name] = _constant(_ALLOW if processes > 1 else refuse)

    answers: dict[str, int] = dict.fromkeys(ALLOWED, _ALLOW) | dict.fromkeys(REFUSED, refuse)
    answers |= dict.fromkeys(METADATA, _ALLOW if metadata else refuse)
    # Error 0: nothing is done and success reported, because shutil.copy and its like give up on any error.
    answers |= dict.fromkeys(MODES_AND_TIMES, _ALLOW if metadata else _ERRNO)
    if truncate:
        answers["truncate"] = _ALLOW
    bodies = {number[name]: _constant(action).code for name, action in answers.items() if name in number}
    bodies |= {number[name]: body.code for name, body in special.items() if name in number}
    program.code += _search(_ranges(bodies, _constant(_ERRNO | errno.ENOSYS).code))
    return program.packed()


_Code = list[tuple[int, int, int, int]]


def _ranges(bodies: dict[int, _Code], otherwise: _Code) -> list[tuple[int, _Code]]:
    """First number of each range of calls with the same answer, and that answer; ``otherwise`` in the gaps."""
    ranges = [(0, otherwise)]
    for number in range(max(bodies) + 2):
        body = bodies.get(number, otherwise)
        if body != ranges[-1][1]:
            ranges.append((number, body))
    return ranges[1:] if len(ranges) > 1 and ranges[1][0] == 0 else ranges


def _search(ranges: list[tuple[int, _Code]]) -> _Code:
    """A binary search for the range that the number in the accumulator is in.

    The kernel runs a filter on every number once when it is loaded: a chain of comparisons costs it a third of a
    millisecond for each candidate.
    """
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    below, above = _search(ranges[:middle]), _search(ranges[middle:])
    if len(below) > 255:
        raise ValueError("a jump in BPF is at most 255 instructions long")
    return [(_JUMP_AT_LEAST, len(below), 0, ranges[middle][0]), *below, *above]


#: Stands for the process id in a filter that was built before the process was there.
_SOME_PID = struct.pack("<I", 0x7EADBEE5)


@functools.cache
def template(many: bool, metadata: bool, truncate: bool) -> bytes:
    """The filter for this machine with a placeholder for the process id; built once, before the fork."""
    pid = struct.unpack("<I", _SOME_PID)[0]
    return build(platform.machine(), own_pid=pid, processes=2 if many else 1, metadata=metadata, truncate=truncate)


def _constant(action: int) -> _Program:
    program = _Program()
    program.op(_RETURN, action)
    return program


def _without_bits(argument: int, bits: int, refuse: int) -> _Program:
    program = _Program()
    program.load_argument(argument)
    program.op(_JUMP_ANY_BIT, bits, 0, 1)
    program.op(_RETURN, refuse)
    program.op(_RETURN, _ALLOW)
    return program


def _not_shared_anonymous(refuse: int) -> _Program:
    """Shared anonymous pages outlive their place in a mapping, in no counter of the process: no limit could hold."""
    program = _Program()
    program.load_argument(3)
    program.op(_JUMP_ANY_BIT, MAP_ANONYMOUS, 0, 2)
    program.op(_JUMP_ANY_BIT, MAP_SHARED, 0, 1)
    program.op(_RETURN, refuse)
    program.op(_RETURN, _ALLOW)
    return program


def _stream_pair(refuse: int) -> _Program:
    program = _Program()
    program.load_argument(0)
    program.op(_JUMP_EQUAL, 1, 1, 0)  # AF_UNIX
    program.op(_RETURN, refuse)
    program.load_argument(1)
    program.op(_AND, 0xF)
    program.op(_JUMP_EQUAL, 1, 1, 0)  # SOCK_STREAM
    program.op(_RETURN, refuse)
    program.op(_RETURN, _ALLOW)
    return program


def _pointer_is_null(index: int, refuse: int) -> _Program:
    program = _Program()
    for high in (False, True):
        program.load_argument(index, high)
        program.op(_JUMP_EQUAL, 0, 1, 0)
        program.op(_RETURN, refuse)
    program.op(_RETURN, _ALLOW)
    return program


def _no_address(refuse: int) -> _Program:
    return _pointer_is_null(4, refuse)


def load(*, processes: int, metadata: bool, truncate: bool) -> None:
    """Load the filter for this process and every thread it starts. Needs no_new_privs; cannot be undone.

    Raises:
        OSError: without seccomp, or on an architecture without a table.
    """
    code = template(processes > 1, metadata, truncate).replace(_SOME_PID, struct.pack("<I", os.getpid()))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    check(
        libc.prctl(
            ctypes.c_ulong(_PR_SET_SECCOMP), ctypes.c_ulong(_MODE_FILTER), ctypes.c_char_p(program), ctypes.c_ulong(0)
        ),
        "seccomp",
    )
