"""Who owns a database: ``DATABASE.lock.json``, held for as long as the owner lives.

The truth is an advisory lock on that file, which the system drops when the process ends, however it ends; the text in
it says who, since when, and where the owner answers readers. DuckDB locks its own file too, but that lock is lost when
the owner closes any other handle of the file, and it does not say who holds it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
import stat
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from asi_evolve.errors import StoreError
from asi_evolve.store.codec import now

#: How the folder of an owner's Unix socket begins, and the name of the socket in it.
SOCKET_FOLDER, SOCKET = "asi-evolve-read-", "read.sock"
#: Bytes of a lock file that are read.
_LARGEST = 1 << 16


@dataclass(frozen=True, slots=True)
class Owner:
    """What the lock file says."""

    pid: int
    started: str
    """When the database was opened, UTC, ISO 8601."""
    ticks: int
    """Start of the process in clock ticks since boot (0 where unknown): tells a reused pid apart."""
    host: str
    purpose: str
    """For people, for example ``run 3fa1b2 of circle_packing``."""
    address: tuple[str, ...] = ()
    """``("unix", PATH)`` or ``("tcp", HOST, PORT)``; empty until the owner answers readers."""
    token: str = ""


def lock_path(database: Path) -> Path:
    """The lock file of ``database``."""
    return database.with_name(database.name + ".lock.json")


def process_ticks(pid: int) -> int:
    """Start time of a process in clock ticks since boot, or 0 where the system does not tell."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return int(text.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def _open_to_read(path: Path) -> int:
    """A descriptor of a lock file; OSError if that is a link, or a pipe, which would never answer."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return descriptor


def read_owner(database: Path) -> Owner | None:
    """What the lock file says, alive or not; None if there is none or it cannot be read."""
    try:
        with open(_open_to_read(lock_path(database)), "rb") as file:
            data: Mapping[str, Any] = json.loads(file.read(_LARGEST).decode("utf-8"))
        return Owner(
            pid=int(data["pid"]),
            started=str(data["started"]),
            ticks=int(data["ticks"]),
            host=str(data["host"]),
            purpose=str(data["purpose"]),
            address=tuple(str(part) for part in data["address"]),
            token=str(data["token"]),
        )
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def is_alive(owner: Owner) -> bool:
    """Whether the process of ``owner`` still runs; True for another host, where nothing can be told."""
    if owner.host != socket.gethostname():
        return True
    try:
        os.kill(owner.pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass
    ticks = process_ticks(owner.pid)
    return not (ticks and owner.ticks and ticks != owner.ticks)


def held_by(database: Path) -> Owner | None:
    """The live owner of ``database``; None if nobody holds it."""
    try:
        descriptor = _open_to_read(lock_path(database))
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        owner = read_owner(database)
        return owner if owner is not None and is_alive(owner) else None
    else:
        return None
    finally:
        os.close(descriptor)


def owned_error(database: Path, owner: Owner | None) -> StoreError:
    """The refusal that says who owns ``database`` and how to look at it meanwhile."""
    if owner is None:
        return StoreError(f"the database {database} is being opened by another process; try again in a moment")
    where = "" if owner.host == socket.gethostname() else f" on {owner.host}"
    mine = ", this very process" if owner.pid == os.getpid() and not where else ""
    return StoreError(
        f"the database {database} is in use by {owner.purpose!r} (pid {owner.pid}{where}{mine}, "
        f"since {owner.started}); watch it with `asievolve status --db {database}`, stop it, or choose another --db"
    )


class Lock:
    """The held lock. Made by :func:`acquire`."""

    def __init__(self, database: Path, descriptor: int, owner: Owner) -> None:
        self._database, self._descriptor, self.owner = database, descriptor, owner
        self._pid = os.getpid()

    def publish(self, address: tuple[str, ...], token: str) -> None:
        """Write who owns the database and where it answers, in place: the lock is on this very file."""
        fields = asdict(self.owner) | {"address": address, "token": token}
        self.owner = Owner(**fields)
        data = json.dumps(fields, indent=1).encode("utf-8")
        os.pwrite(self._descriptor, data, 0)
        os.ftruncate(self._descriptor, len(data))

    def release(self) -> None:
        """Remove the lock file and drop the lock; nothing in a forked child, which does not own it."""
        if self._descriptor < 0:
            return
        if os.getpid() == self._pid:
            with contextlib.suppress(OSError):
                lock_path(self._database).unlink()
        os.close(self._descriptor)
        self._descriptor = -1


def _clear_up_after(former: Owner | None) -> None:
    """Remove the socket that an owner left behind when it was killed. We hold its lock, so nobody answers there."""
    if former is not None and former.address[:1] == ("unix",):
        path = Path(former.address[1])
        # The text may be anybody's: nothing goes but an empty folder of that name with a socket of that name in it.
        if path.name == SOCKET and path.parent.name.startswith(SOCKET_FOLDER):
            with contextlib.suppress(OSError, ValueError):
                if stat.S_ISSOCK(path.lstat().st_mode):
                    path.unlink()
                path.parent.rmdir()


def _is_ours(descriptor: int) -> bool:
    """Whether this is a file of our own with no other name: what we write in it must be read, and lost, by nobody."""
    about = os.fstat(descriptor)
    return stat.S_ISREG(about.st_mode) and about.st_nlink == 1 and about.st_uid == os.geteuid()


def _removed(path: Path) -> bool:
    """Take away a link, or a file of somebody else, that has the lock file's name (not what it leads to)."""
    try:
        path.unlink()
    except OSError as exc:
        raise StoreError(
            f"the lock file {path} is a link or somebody else's and cannot be removed ({exc.strerror}); remove it"
        ) from exc
    return True


def acquire(database: Path, purpose: str) -> Lock:
    """Become the owner of ``database``.

    Raises:
        StoreError: another live process (or this one) owns it, or the lock file cannot be written.
    """
    path = lock_path(database)
    for _ in range(50):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
        except OSError as exc:
            if exc.errno == errno.ELOOP and (not path.is_symlink() or _removed(path)):
                continue
            raise StoreError(
                f"the lock file {path} cannot be written ({exc.strerror}); check the permissions or change --db"
            ) from exc
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            opened = os.fstat(descriptor).st_ino
            os.close(descriptor)
            if exc.errno not in (errno.EAGAIN, errno.EACCES):
                raise StoreError(
                    f"{path} cannot be locked ({exc.strerror}); put the database on a local disk with --db"
                ) from exc
            owner = read_owner(database)
            if owner is None:  # a reader that is just looking, or an owner that has not written its name yet
                time.sleep(0.02)
                continue
            if is_alive(owner):
                raise owned_error(database, owner) from exc
            # The owner is dead, but a process that it forked still holds the lock: leave that file to it.
            _clear_up_after(owner)
            with contextlib.suppress(OSError):
                if path.lstat().st_ino == opened:  # else another process has just taken it over
                    path.unlink()
            continue
        try:
            same = os.fstat(descriptor).st_ino == path.stat().st_ino
        except OSError:
            same = False
        if not same:  # the former owner removed it between our open and our lock
            os.close(descriptor)
            continue
        if not _is_ours(descriptor) and _removed(path):
            os.close(descriptor)
            continue
        os.fchmod(descriptor, 0o600)
        _clear_up_after(read_owner(database))
        pid = os.getpid()
        lock = Lock(database, descriptor, Owner(pid, now(), process_ticks(pid), socket.gethostname(), purpose))
        lock.publish((), "")
        return lock
    raise owned_error(database, read_owner(database))
