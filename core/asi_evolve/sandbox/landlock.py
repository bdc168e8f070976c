"""Landlock: what the file system looks like from inside, for a process without privileges.

Interface: Linux kernel documentation, "Landlock: unprivileged access control" (userspace-api/landlock). Access
rights by ABI version: 1 basic, 2 refer, 3 truncate, 4 TCP, 5 device ioctl, 6 scopes for signals and abstract sockets.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from asi_evolve.sandbox.libc import check, syscall

# The same numbers on every architecture (they came after the tables were unified).
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG, MAKE_SYM = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 12
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_FIRST_RIGHTS = (1 << 13) - 1
_FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
READ = EXECUTE | READ_FILE | READ_DIR  # EXECUTE: mapping a shared library is fine, execve is stopped by seccomp
# No sockets, pipes or device nodes in the work folder.
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | REFER | TRUNCATE


def abi() -> int:
    """Version of Landlock that the kernel offers; 0 if none."""
    return max(0, syscall(_CREATE_RULESET, None, 0, _CREATE_RULESET_VERSION))


def restrict(read_only: Iterable[str], writable: Iterable[str], devices: Iterable[str] = ()) -> int:
    """Confine this thread, and what it starts, to these paths. Needs no_new_privs.

    Args:
        read_only: Files and folders that may be read (missing ones are skipped).
        writable: Folders that may be read and written.
        devices: Device nodes that may be read and written (a path may be in two groups: the rights add up).

    Returns:
        The ABI version in force.

    Raises:
        OSError: if the kernel has no Landlock or refuses a rule.
    """
    version = abi()
    if version == 0:
        raise OSError(38, "Landlock is not available in this kernel")
    handled = _FIRST_RIGHTS
    for least, right in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)):
        if version >= least:
            handled |= right
    net = 3 if version >= 4 else 0  # bind and connect TCP: handled, so denied
    scoped = 3 if version >= 6 else 0  # abstract Unix sockets, signals to outside
    attributes = struct.pack("<QQQ", handled, net, scoped)[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = check(syscall(_CREATE_RULESET, attributes, len(attributes), 0), "landlock_create_ruleset")
    try:
        for rights, paths in ((READ, read_only), (WRITE, writable), (READ_FILE | WRITE_FILE, devices)):
            for path in paths:
                _allow(ruleset, path, rights & handled)
        check(syscall(_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(target).st_mode):
            rights &= _FILE_RIGHTS
        rule = struct.pack("<Qi", rights, target)
        check(syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.c_char_p(rule), 0), f"landlock_add_rule {path}")
    finally:
        os.close(target)
