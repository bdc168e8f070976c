"""Landlock: what the file system looks like from inside, for a process without privileges.

Interface: Linux kernel documentation, "Landlock: unprivileged access control" (userspace-api/landlock). Access
rights by ABI version: 1 basic, 2 refer, 3 truncate, 4 TCP, 5 device ioctl, 6 scopes for signals and abstract sockets.
"""

from __future__ import annotations

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


class Rules:
    """Rules on paths, opened once: the processes that are forked afterwards restrict themselves by them.

    Args:
        read_only: Files and folders that may be read (missing ones are skipped).
        devices: Device nodes that may be read and written (a path may be in two groups: the rights add up).

    Raises:
        OSError: if the kernel has no Landlock.
    """

    def __init__(self, read_only: Iterable[str], devices: Iterable[str] = ()) -> None:
        self.abi = abi()
        """Version in force."""
        if self.abi == 0:
            raise OSError(38, "Landlock is not available in this kernel")
        handled = _FIRST_RIGHTS
        for least, right in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)):
            if self.abi >= least:
                handled |= right
        net = 3 if self.abi >= 4 else 0  # bind and connect TCP: handled, so denied
        scoped = 3 if self.abi >= 6 else 0  # abstract Unix sockets, signals to outside
        self._handled = handled
        size = 8 if self.abi < 4 else 16 if self.abi < 6 else 24
        self._attributes = struct.pack("<QQQ", handled, net, scoped)[:size]
        self._rules = [*self._opened(read_only, READ), *self._opened(devices, READ_FILE | WRITE_FILE)]

    def restrict(self, read_only: Iterable[str], writable: Iterable[str]) -> None:
        """Confine this thread, and what it starts, to the rules and these paths. Needs no_new_privs.

        The descriptors behind the rules stay open: close them.

        Args:
            read_only: As above.
            writable: Folders that may be read and written.

        Raises:
            OSError: if the kernel refuses a rule.
        """
        ruleset = check(syscall(_CREATE_RULESET, self._attributes, len(self._attributes), 0), "landlock_create_ruleset")
        for rule in (*self._rules, *self._opened(read_only, READ), *self._opened(writable, WRITE)):
            check(syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0), "landlock_add_rule")
        check(syscall(_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
        os.close(ruleset)

    def _opened(self, paths: Iterable[str], rights: int) -> list[bytes]:
        rules = []
        for path in paths:
            try:
                target = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            allowed = rights & self._handled
            if not stat.S_ISDIR(os.fstat(target).st_mode):
                allowed &= _FILE_RIGHTS
            rules.append(struct.pack("<Qi", allowed, target))
        return rules
