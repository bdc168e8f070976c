"""What a candidate uses, read from outside it: memory, CPU time, threads, disk."""

# Runs below the supervisor, where plain system calls read better than paths.
# ruff: noqa: PTH101, PTH106, PTH108, PTH109, PTH112, PTH114, PTH116, PTH123, PTH208
from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

MB = 1 << 20
_DEEPEST = 64
_ENDLESS = 1 << 30
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
LINUX = sys.platform.startswith("linux")


def status(pid: int | str) -> dict[str, int]:
    """Memory in bytes (``RssAnon``, ``RssShmem``, ``VmRSS``, ``VmSize``) and ``Threads`` of a process.

    Empty if it is gone or cannot be read.
    """
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return {}
    out = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name in ("RssAnon", "RssShmem", "VmRSS", "VmSize"):
            out[name] = int(value.split()[0]) * 1024
        elif name == "Threads":
            out[name] = int(value)
    return out


def memory(pid: int | str) -> int:
    """Private and shared anonymous memory of a process in bytes (no page-table walk: cheap to read)."""
    fields = status(pid)
    return fields.get("RssAnon", 0) + fields.get("RssShmem", 0)


def shared(pid: int) -> int:
    """Bytes of shared anonymous memory that a process maps, resident or not.

    Pages of such memory stay allocated when they are unmapped from view (MADV_DONTNEED), and are then in no counter
    of the process; so all that is mapped counts, each object once.
    """
    extents: dict[str, int] = {}
    try:
        with open(f"/proc/{pid}/maps") as maps:
            for line in maps:
                if "/dev/zero" in line:
                    span, mode, offset, _, inode = line.split(maxsplit=5)[:5]
                    low, high = (int(part, 16) for part in span.split("-"))
                    if mode[3] == "s":
                        extents[inode] = max(extents.get(inode, 0), int(offset, 16) + high - low)
    except OSError:
        pass
    return sum(extents.values())


def exit_handle(pid: int) -> int:
    """A descriptor that becomes readable when ``pid`` ends; -1 where the system offers none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1


def cpu_clock(pid: int) -> float:
    """CPU seconds of a live process, all threads, to the nanosecond; 0.0 if it cannot be read.

    The clock id of another process: clock_getcpuclockid(3), as encoded by Linux.
    """
    if not LINUX:
        return 0.0
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def namespace_pids() -> list[int]:
    """All processes of this PID namespace but its init (which is the caller)."""
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1")


def descendants(root: int) -> list[int]:
    """All living descendants of a process; on systems without /proc an empty list."""
    children: dict[int, list[int]] = {}
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    for name in names:
        if name.isdigit():
            try:
                text = Path(f"/proc/{name}/stat").read_text()
            except OSError:
                continue
            state, parent = text.rpartition(")")[2].split()[:2]
            if state != "Z":
                children.setdefault(int(parent), []).append(int(name))
    found: list[int] = []
    queue = [root]
    while queue:
        for child in children.get(queue.pop(), []):
            found.append(child)
            queue.append(child)
    return found


def disk(folder: str) -> tuple[int, int]:
    """Bytes and entries under ``folder``; links are never followed, even those that take a folder's place meanwhile.

    A tree that is nested too deep, or that has a folder which cannot be listed, counts as endless: files could be
    hidden in it.
    """
    try:
        return _disk(os.open(folder, _FOLDER), 0)
    except OSError:
        return 0, 0


def _disk(handle: int, depth: int) -> tuple[int, int]:
    size = entries = 0
    try:
        if depth > _DEEPEST:
            return 0, _ENDLESS
        with os.scandir(handle) as listing:
            for entry in listing:
                entries += 1
                try:
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        more, below = _disk(os.open(entry.name, _FOLDER, dir_fd=handle), depth + 1)
                        size += more
                        entries += below
                except PermissionError:
                    return size, _ENDLESS
                except OSError:
                    continue  # gone, or something else by now
                if entries >= _ENDLESS:
                    break
    except OSError:
        pass
    finally:
        os.close(handle)
    return size, entries


def unlinked(pid: int, folder: str, largest: int) -> int:
    """Bytes of files of ``folder`` that a process holds, open or mapped, though no name leads to them any more.

    The size of a file that is held by a mapping alone cannot be known from outside: it counts as ``largest``, the most
    that a file may have.
    """
    sizes: dict[str, int] = {}
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                about = os.stat(f"/proc/{pid}/fd/{name}")
            except OSError:
                continue  # closed meanwhile
            if stat.S_ISREG(about.st_mode) and about.st_nlink == 0:
                sizes[str(about.st_ino)] = about.st_blocks * 512
        with open(f"/proc/{pid}/maps") as maps:
            for line in maps:
                if folder in line and line.rstrip().endswith("(deleted)"):
                    sizes.setdefault(line.split(maxsplit=5)[4], largest)
    except OSError:
        pass
    return sum(sizes.values())


def _removed(name: str) -> bool:
    try:
        os.rmdir(name)
    except OSError:
        return False
    return True


def remove_tree(folder: str) -> None:
    """Delete a folder whatever a candidate made of it: deep nesting, unreadable modes. Links are not followed."""
    try:
        here = os.getcwd()
        os.chdir(folder)
    except OSError:
        return
    depth = 0
    while True:
        below = None
        for name in os.listdir():
            try:
                if os.path.isdir(name) and not os.path.islink(name):
                    below = name
                    break
                os.unlink(name)
            except OSError:
                os.chdir(here)
                return
        try:
            if below is not None:
                os.chmod(below, 0o700)
                os.chdir(below)
                depth += 1
            elif depth:
                # The innermost folder is empty now; its name is found from above by elimination.
                os.chdir("..")
                depth -= 1
                if not any(_removed(name) for name in os.listdir()):
                    break
            else:
                break
        except OSError:
            break
    try:
        os.chdir(here)
        os.rmdir(folder)
    except OSError:
        pass
