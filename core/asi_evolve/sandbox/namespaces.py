"""Tier A's view of the world: fresh namespaces, a read-only root of the listed paths, size-capped work folders.

Linux only. See namespaces(7), user_namespaces(7), mount_namespaces(7) and mount_setattr(2).
"""

# Runs below the supervisor, where plain system calls read better than paths.
# ruff: noqa: PTH115
from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from asi_evolve.sandbox.libc import PR_SET_DUMPABLE, check, libc, prctl, syscall
from asi_evolve.sandbox.paths import DEVICES

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_MOUNT_SETATTR = 442
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MNT_DETACH = 2
#: The user id of the jail when the supervisor is root: an id that owns nothing.
JAIL_UID = 64321

WORK = "/box"
SHM = "/dev/shm"


def unshare(flags: int, what: str) -> None:
    """Move this process (or, for a PID namespace, its next child) into new namespaces."""
    check(libc.unshare(flags), f"unshare {what}")


def setns(namespace: int, flags: int) -> None:
    """Go back into the namespace behind a descriptor."""
    check(libc.setns(namespace, flags), "setns")


def mount(source: str | None, target: str, kind: str | None, flags: int = 0, data: str | None = None) -> None:
    """mount(2); the error names the target."""
    encoded = [None if text is None else text.encode() for text in (source, target, kind, data)]
    check(libc.mount(encoded[0], encoded[1], encoded[2], flags, encoded[3]), f"mount {kind or 'bind'} on {target}")


def enter(read_only: Iterable[str]) -> None:
    """Move this single-threaded process into its own user, mount, network, IPC and host-name namespaces.

    Its next child will be PID 1 of a new PID namespace. As root the mounts are made first, then the process becomes
    :data:`JAIL_UID`, so that root's rights are gone before the user namespace is made.

    Raises:
        OSError: naming the step that the kernel or the host's configuration refused.
    """
    uid, gid = os.getuid(), os.getgid()
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    everything = NEWUSER | NEWNS | NEWNET | NEWIPC | NEWUTS | NEWPID
    try:
        if uid == 0:
            unshare(NEWNS, "mount namespace")
            build_root(read_only)
            uid = gid = JAIL_UID
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            # Changing user made the process undumpable, and then its id map cannot be written.
            check(prctl(PR_SET_DUMPABLE, 1), "prctl DUMPABLE")
            unshare(everything, "user namespace")
            _map_ids(proc, uid, gid)
        else:
            unshare(everything, "user namespace")
            _map_ids(proc, uid, gid)
            build_root(read_only)
    finally:
        os.close(proc)


def _map_ids(proc: int, uid: int, gid: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        try:
            handle = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
            try:
                os.write(handle, text.encode())
            finally:
                os.close(handle)
        except OSError as error:
            raise OSError(error.errno, f"write /proc/self/{name}: {error.strerror}") from None


def build_root(read_only: Iterable[str]) -> None:
    """Make a root of read-only bind mounts and move into it. Needs a mount namespace of its own."""
    mount(None, "/", None, _REC | _PRIVATE)
    links, sources = {}, {}
    for path in read_only:
        if Path(path).is_symlink():
            links[path] = os.readlink(path)
        else:
            # Opened before a file system is mounted over their parents.
            sources[path] = os.open(path, os.O_PATH | os.O_CLOEXEC)
    base = "/tmp"
    mount("tmpfs", base, "tmpfs", _NOSUID | _NODEV, "mode=755,size=1m")
    root = base + "/root"
    Path(root).mkdir()
    mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "mode=755,size=1m")
    for path, handle in sources.items():
        target = root + path
        if Path(f"/proc/self/fd/{handle}").is_dir():
            Path(target).mkdir(parents=True, exist_ok=True)
        else:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            Path(target).touch()
        mount(f"/proc/self/fd/{handle}", target, None, _BIND | _REC)
        _read_only(target)
        os.close(handle)
    for path, goal in links.items():
        Path(root + path).parent.mkdir(parents=True, exist_ok=True)
        Path(root + path).symlink_to(goal)
    Path(root + SHM).mkdir(parents=True)
    for device in DEVICES:
        Path(root + device).touch()
        mount(device, root + device, None, _BIND)
    Path(root + "/dev/fd").symlink_to("/proc/self/fd")
    if not Path(root + "/tmp").exists():  # it does where the installation itself lies under /tmp
        Path(root + "/tmp").symlink_to(WORK)
    for name in (WORK, "/proc", "/old"):
        Path(root + name).mkdir()
    # The kernel allows a fresh proc only where a complete one is visible.
    mount("/proc", root + "/proc", None, _BIND | _REC)
    os.chdir(root)
    check(libc.syscall(_pivot_root(), b".", b"old"), "pivot_root")
    os.chdir("/")
    check(libc.umount2(b"/old", _MNT_DETACH), "umount of the old root")
    Path("/old").rmdir()
    mount(None, "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)


def _pivot_root() -> int:
    import platform

    from asi_evolve.sandbox.syscalls import numbers

    return numbers(platform.machine())["pivot_root"]


def _read_only(path: str) -> None:
    attributes = struct.pack("<QQQQ", 1 | 2 | 4, 0, 0, 0)  # MOUNT_ATTR_RDONLY | NOSUID | NODEV
    check(
        syscall(_MOUNT_SETATTR, _AT_FDCWD, path.encode(), _AT_RECURSIVE, attributes, len(attributes)),
        f"mount_setattr {path}",
    )


def mount_proc() -> None:
    """Mount the proc file system of this PID namespace."""
    mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)


def fresh_work(disk_mb: int, inodes: int, *, again: bool) -> None:
    """Mount an empty work folder and shared-memory folder; with ``again`` the present ones go, with all in them."""
    if again:
        for path in (WORK, SHM):
            check(libc.umount2(path.encode(), _MNT_DETACH), f"umount of {path}")
    flags = _NOSUID | _NODEV
    mount("tmpfs", WORK, "tmpfs", flags, f"mode=700,size={disk_mb}m,nr_inodes={inodes}")
    mount("tmpfs", SHM, "tmpfs", flags, f"mode=1777,size={max(1, disk_mb // 2)}m,nr_inodes={max(16, inodes // 2)}")


def next_pid(number: int) -> None:
    """Have the next process of this PID namespace get this id, so that each candidate sees the same (best effort)."""
    with contextlib.suppress(OSError):
        handle = os.open("/proc/sys/kernel/ns_last_pid", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(handle, str(number - 1).encode())
        finally:
            os.close(handle)


def resize_work(disk_mb: int, inodes: int) -> None:
    """Change the caps of the folders that :func:`fresh_work` made."""
    flags = _NOSUID | _NODEV | _REMOUNT
    mount(None, WORK, "tmpfs", flags, f"size={disk_mb}m,nr_inodes={inodes}")
    mount(None, SHM, "tmpfs", flags, f"size={max(1, disk_mb // 2)}m,nr_inodes={max(16, inodes // 2)}")
