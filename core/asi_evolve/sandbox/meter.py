"""What a candidate uses, read from outside it: memory, CPU time, threads, disk."""

# Runs below the supervisor, where plain system calls read better than paths.
# ruff: noqa: PTH101, PTH106, PTH116, PTH123, PTH208
from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
import time
from pathlib import Path

MB = 1 << 20
_DEEPEST = 64
_ENDLESS = 1 << 30
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
LINUX = sys.platform.startswith("linux")
_FIELDS = re.compile(rb"^(RssAnon|RssShmem|VmRSS|VmSize|VmData|Threads):\s*(\d+)", re.MULTILINE)


def status(pid: int | str) -> dict[str, int]:
    """Memory in bytes (``RssAnon``, ``RssShmem``, ``VmRSS``, ``VmSize``, ``VmData``) and ``Threads`` of a process.

    Empty if it is gone or cannot be read.
    """
    found = _status(f"/proc/{pid}")
    if "VmSize" not in found and found.get("Threads", 0) > 1:
        found = _status(_living(pid)) or found
    return found


def _status(door: str) -> dict[str, int]:
    try:
        handle = os.open(f"{door}/status", os.O_RDONLY | os.O_CLOEXEC)
        try:
            text = os.read(handle, 1 << 14)
        finally:
            os.close(handle)
    except OSError:
        return {}
    out = {}
    for line in _FIELDS.finditer(text):
        name, value = line[1].decode(), int(line[2])
        out[name] = value if name == "Threads" else value * 1024
    return out


def _living(pid: int | str) -> str:
    """The folder in /proc that tells of a process even if its first thread has ended, and the others have not.

    Then ``/proc/PID`` itself shows no memory, no maps and no descriptors.
    """
    door = f"/proc/{pid}"
    if "VmSize" not in _status(door):
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"{door}/task"):
                if "VmSize" in _status(f"{door}/task/{thread}"):
                    return f"{door}/task/{thread}"
    return door


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
        with open(f"{_living(pid)}/maps") as maps:
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


def waited_for(pid: int) -> float:
    """CPU seconds of the ended children (and theirs) that a process has waited for; 0.0 if it cannot be read."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
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


def disk(folder: str, most_bytes: int = _ENDLESS << 20, most_entries: int = _ENDLESS) -> tuple[int, int]:
    """Bytes and entries under ``folder``; links are never followed, even those that take a folder's place meanwhile.

    Counting ends once either number is over what is asked for. A tree that is nested too deep, or that has a folder
    which cannot be listed, counts as endless: files could be hidden in it.
    """
    count = _Count(most_bytes, most_entries)
    try:
        count.walk(os.open(folder, _FOLDER), 0)
    except OSError:
        return 0, 0
    return count.size, count.entries


class _Count:
    def __init__(self, most_bytes: int, most_entries: int) -> None:
        self.most_bytes, self.most_entries = most_bytes, most_entries
        self.size = self.entries = 0

    def over(self) -> bool:
        return self.size > self.most_bytes or self.entries > self.most_entries

    def walk(self, handle: int, depth: int) -> None:
        """Count what is in an open folder, and close it."""
        try:
            if depth > _DEEPEST:
                self.entries += _ENDLESS
                return
            with os.scandir(handle) as listing:
                for entry in listing:
                    self.entries += 1
                    if self.over():
                        return
                    try:
                        self.size += entry.stat(follow_symlinks=False).st_blocks * 512
                        if entry.is_dir(follow_symlinks=False):
                            self.walk(os.open(entry.name, _FOLDER, dir_fd=handle), depth + 1)
                    except PermissionError:
                        self.entries += _ENDLESS
                        return
                    except OSError:
                        continue  # gone, or something else by now
        except OSError:
            return
        finally:
            os.close(handle)


def unlinked(pid: int, folder: str, largest: int) -> int:
    """Bytes of files of ``folder`` that a process holds, open or mapped, though no name leads to them any more.

    The size of a file that is held by a mapping alone cannot be known from outside: it counts as ``largest``, the most
    that a file may have.
    """
    sizes: dict[str, int] = {}
    door = _living(pid)
    try:
        for name in os.listdir(f"{door}/fd"):
            try:
                about = os.stat(f"{door}/fd/{name}")
            except OSError:
                continue  # closed meanwhile
            if stat.S_ISREG(about.st_mode) and about.st_nlink == 0:
                sizes[str(about.st_ino)] = about.st_blocks * 512
        with open(f"{door}/maps") as maps:
            for line in maps:
                if folder in line and line.rstrip().endswith("(deleted)"):
                    sizes.setdefault(line.split(maxsplit=5)[4], largest)
    except OSError:
        pass
    return sum(sizes.values())


def remove_tree(folder: str) -> None:
    """Delete a folder whatever a candidate made of it: deep nesting, unreadable modes, names that change meanwhile.

    Links are never followed, and the way back up is taken only if it leads where it came from, so that nothing outside
    is touched even while a candidate still runs. What cannot be deleted is left.
    """
    try:
        here = os.open(folder, _FOLDER)
    except OSError:
        return
    # Identities of the folders above the open one: one descriptor is enough for any depth.
    above: list[tuple[tuple[int, int], str]] = []
    try:
        while True:
            inner = _clear(here)
            if inner is not None:
                name, handle = inner
                above.append((_identity(here), name))
            elif above:
                identity, name = above.pop()
                handle = os.open("..", _FOLDER, dir_fd=here)
                if _identity(handle) != identity:
                    os.close(handle)
                    return
            else:
                break
            os.close(here)
            here = handle
            if inner is None:
                os.rmdir(name, dir_fd=here)
    except OSError:
        return
    finally:
        os.close(here)
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def _identity(handle: int) -> tuple[int, int]:
    about = os.fstat(handle)
    return about.st_dev, about.st_ino


def _clear(handle: int) -> tuple[str, int] | None:
    """Unlink the files of an open folder; returns the first folder in it, opened, or None."""
    with os.scandir(handle) as listing:
        for entry in listing:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.name, dir_fd=handle)
                continue
            if LINUX:
                # Its mode may keep us out; the link below cannot be swapped for one that leads elsewhere.
                with contextlib.suppress(OSError):
                    target = os.open(entry.name, os.O_PATH | _FOLDER, dir_fd=handle)
                    try:
                        os.chmod(f"/proc/self/fd/{target}", 0o700)
                    finally:
                        os.close(target)
            return entry.name, os.open(entry.name, _FOLDER, dir_fd=handle)
    return None
