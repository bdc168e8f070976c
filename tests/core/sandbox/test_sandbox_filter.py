"""The system call filter, interpreted here: what it answers on both architectures, without loading it."""

from __future__ import annotations

import errno
import struct

import pytest
from asi_evolve.sandbox import syscalls

pytest.importorskip("asi_evolve.sandbox.seccomp", exc_type=OSError)
from asi_evolve.sandbox import seccomp

ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL = "allow", "kill"


def answer(code: bytes, machine: str, number: int, *arguments: int) -> str | int:
    return run(code, machine, number, *arguments)[0]


def run(code: bytes, machine: str, number: int, *arguments: int) -> tuple[str | int, int]:
    """Run the program on one call, as the kernel would: ``allow``, ``kill`` or the error number; and the steps."""
    words = list(arguments) + [0] * (6 - len(arguments))
    data = struct.pack("<IIQ6Q", number, ARCH[machine], 0, *(word & (2**64 - 1) for word in words))
    program = list(struct.iter_unpack("<HBBI", code))
    accumulator = at = steps = 0
    while True:
        op, if_true, if_false, value = program[at]
        at += 1
        steps += 1
        if op == 0x20:
            accumulator = struct.unpack_from("<I", data, value)[0]
        elif op == 0x54:
            accumulator &= value
        elif op == 0x06:
            if value == 0x7FFF0000:
                return ALLOW, steps
            return KILL if value == 0x80000000 else value & 0xFFFF, steps
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[op]
            at += if_true if holds else if_false


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request):
    return request.param


def build(machine, **options):
    defaults = {"own_pid": 7, "processes": 1, "metadata": False, "truncate": False}
    return seccomp.build(machine, **{**defaults, **options})


def test_every_listed_call_gets_its_answer(machine):
    code, number = build(machine), syscalls.numbers(machine)
    special = {"clone", "clone3", "fork", "vfork", "kill", "tgkill", "prctl", "ioctl", "fcntl", "prlimit64"}
    for name in syscalls.ALLOWED & number.keys():
        assert answer(code, machine, number[name]) == ALLOW, name
    for name in (syscalls.REFUSED | syscalls.METADATA) & number.keys() - special:
        assert answer(code, machine, number[name]) == errno.EPERM, name
    assert len(code) // 8 < 4096


def test_unknown_calls_do_not_exist(machine):
    code = build(machine)
    for number in (425, 426, 435, 460, 470, 999):
        assert answer(code, machine, number) == errno.ENOSYS


def test_other_architectures_are_killed():
    code = build("x86_64")
    assert answer(code, "aarch64", 0) == KILL
    assert answer(code, "x86_64", 0x40000000 | 41) == KILL


def test_threads_but_no_processes_and_no_namespaces(machine):
    number = syscalls.numbers(machine)["clone"]
    one, many = build(machine), build(machine, processes=4)
    thread = seccomp.CLONE_THREAD | seccomp.CLONE_FILES | seccomp.CLONE_VM
    assert answer(one, machine, number, thread) == ALLOW
    assert answer(many, machine, number, thread) == ALLOW
    assert answer(one, machine, number, 17) == errno.EPERM
    assert answer(many, machine, number, 17) == ALLOW
    for code in (one, many):
        for flag in (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
            assert answer(code, machine, number, thread | flag) == errno.EPERM
        assert answer(code, machine, syscalls.numbers(machine)["execve"]) == errno.EPERM


def test_all_threads_share_their_descriptors(machine):
    number = syscalls.numbers(machine)
    for code in (build(machine), build(machine, processes=4)):
        assert answer(code, machine, number["clone"], seccomp.CLONE_THREAD | seccomp.CLONE_VM) == errno.EPERM
        assert answer(code, machine, number["close_range"], 3, 9, 0) == ALLOW
        assert answer(code, machine, number["close_range"], 3, 9, 4) == ALLOW  # close-on-exec
        assert answer(code, machine, number["close_range"], 3, 9, seccomp.CLOSE_RANGE_UNSHARE) == errno.EPERM


def test_signals_and_limits_only_for_itself(machine):
    number, code = syscalls.numbers(machine), build(machine)
    assert answer(code, machine, number["kill"], 7, 9) == ALLOW
    assert answer(code, machine, number["kill"], 8, 9) == errno.EPERM
    assert answer(code, machine, number["kill"], -1, 9) == errno.EPERM
    assert answer(code, machine, number["tgkill"], 8, 8, 9) == errno.EPERM
    assert answer(code, machine, number["prlimit64"], 0) == ALLOW
    assert answer(code, machine, number["prlimit64"], 1) == errno.EPERM
    assert answer(code, machine, number["sched_setaffinity"], 1) == errno.EPERM
    assert answer(code, machine, number["fcntl"], 3, 8) == errno.EPERM
    assert answer(code, machine, number["fcntl"], 3, 2) == ALLOW
    assert answer(code, machine, number["prctl"], 1) == errno.EPERM


def test_socket_pairs_are_streams_and_send_to_nobody_else(machine):
    number, code = syscalls.numbers(machine), build(machine)
    assert answer(code, machine, number["socketpair"], 1, 1 | 0o2000000) == ALLOW
    assert answer(code, machine, number["socketpair"], 1, 2) == errno.EPERM
    assert answer(code, machine, number["socketpair"], 16, 1) == errno.EPERM
    assert answer(code, machine, number["sendto"], 3, 1, 1, 0, 0, 0) == ALLOW
    assert answer(code, machine, number["sendto"], 3, 1, 1, 0, 1 << 32, 16) == errno.EPERM


def test_metadata_by_path_only_in_a_mount_namespace(machine):
    number = syscalls.numbers(machine)
    closed, opened = build(machine), build(machine, metadata=True, truncate=True)
    for name in ("fchmod", "fchmodat", "utimensat"):
        # Nothing is done, and success reported: helpers that copy a file's mode go on.
        assert answer(closed, machine, number[name]) == 0
        assert answer(opened, machine, number[name]) == ALLOW
    for name in ("fsetxattr", "fchown"):
        assert answer(closed, machine, number[name]) == errno.EPERM
        assert answer(opened, machine, number[name]) == ALLOW
    assert answer(closed, machine, number["truncate"]) == errno.EPERM
    assert answer(opened, machine, number["truncate"]) == ALLOW


def test_no_shared_anonymous_memory(machine):
    number, code = syscalls.numbers(machine)["mmap"], build(machine)
    assert answer(code, machine, number, 0, 4096, 3, 0x22) == ALLOW  # private, anonymous
    assert answer(code, machine, number, 0, 4096, 1, 0x01, 5) == ALLOW  # a shared file
    for flags in (0x21, 0x23, 0x8021):
        assert answer(code, machine, number, 0, 4096, 3, flags) == errno.EPERM


def test_the_answer_is_found_in_few_steps(machine):
    """The kernel runs the filter on every number when it is loaded, for each candidate."""
    code = build(machine)
    assert max(run(code, machine, number)[1] for number in range(500)) <= 30
