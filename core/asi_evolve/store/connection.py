"""Opening the DuckDB file: locked down, with every way in which that can fail put in one line.

The connection never reads or writes any file but the database (``enable_external_access=false``), loads no
extension and looks up no Python variable; the configuration is locked, so that no SQL can undo it.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from asi_evolve.errors import AsiEvolveError, DiskFullError, StoreError

log = logging.getLogger("asi_evolve.store")

#: A run does not start with less room than this, bytes.
MIN_FREE = 64 * 1024 * 1024

_FULL = re.compile(
    r"no space left|disk full|file too large|quota exceeded|out of disk|could not write (all|file)", re.IGNORECASE
)
_POSITION = re.compile(r"entry at byte position (\d+)")
_PID = re.compile(r"held in (.*?)\s*\(PID (\d+)\)")


def _memory_limit() -> str:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        total = 4 * 1024**3
    return f"{max(256, min(1024, total // 4 // 1024**2))}MiB"


def first_line(error: BaseException) -> str:
    """The first line of DuckDB's message, without its class prefix."""
    text = str(error).strip().splitlines()
    return re.sub(r"^[A-Za-z ]+ Error: ", "", text[0]) if text else type(error).__name__


def is_disk_full(error: BaseException) -> bool:
    """Whether ``error`` says that there is no room for a write."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    return isinstance(error, (duckdb.Error, OSError)) and bool(_FULL.search(str(error)))


def convert(error: BaseException, path: Path) -> AsiEvolveError:
    """``error`` of a write as one of ours, in one line."""
    if isinstance(error, AsiEvolveError):
        return error
    if is_disk_full(error):
        return DiskFullError(
            f"no space left for the database {path}; free some and resume the run (nothing acknowledged is lost)"
        )
    return StoreError(f"the database {path} could not be written: {first_line(error)}")


def connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """A locked-down connection. Raises DuckDB's own errors; see :func:`open_database`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "memory_limit": _memory_limit(),
        "max_temp_directory_size": "1GiB",  # a query that sorts more than memory holds must not fill the disk
        "threads": str(max(1, min(4, os.cpu_count() or 1))),
        # Here and not by a SET: a second connection of this process shares the first one's locked configuration.
        "lock_configuration": "true",
    }
    if not read_only:
        # For a new file. Each column of each table takes at least a block: with DuckDB's 256 KiB a run of a thousand
        # small rounds takes 4.5 MB, with this 1.3 MB, and reading is as fast.
        config["default_block_size"] = str(64 * 1024)
    connection = duckdb.connect(str(path), read_only=read_only, config=config)
    return connection


def _set_aside(path: Path, wal: Path, error: BaseException) -> tuple[Path, bool]:
    """Rename a log that cannot be replayed, and put back the longest part of it that can.

    Returns:
        Where the log is now, and whether a part of it was put back.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    aside = wal.with_name(f"{wal.name}.damaged-{stamp}")
    wal.rename(aside)

    def replays(size: int) -> bool:
        with aside.open("rb") as source, wal.open("wb") as target:
            target.write(source.read(size))
            target.flush()
            os.fsync(target.fileno())
        try:
            connect(path, read_only=True).close()
        except duckdb.Error:
            return False
        return True

    found = _POSITION.search(str(error))
    if found and replays(int(found.group(1))):
        return aside, True
    # A cut log is replayed up to its last whole entry, so the longest part before the damage is found by halving.
    good, bad = 0, aside.stat().st_size
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if replays(middle) else (good, middle)
    if good and replays(good):
        return aside, True
    wal.unlink(missing_ok=True)
    return aside, False


def open_database(path: Path, *, read_only: bool) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    """Connect, and name what is wrong if that fails.

    A write-ahead log that cannot be replayed is renamed, never deleted, and the last good state is opened: the log
    up to the damage where that can be told, else the file as of its last checkpoint.

    Returns:
        The connection, and notes (one line each) on what had to be done.

    Raises:
        StoreError: not a database, damaged, not writable, or open in another program.
        DiskFullError: no room.
    """
    notes: list[str] = []
    wal = path.with_name(path.name + ".wal")
    for _ in range(2):
        try:
            return connect(path, read_only=read_only), notes
        except (duckdb.Error, OSError) as exc:
            text = str(exc)
            if "replaying WAL" in text and wal.exists():
                aside, partly = _set_aside(path, wal, exc)
                note = f"the write-ahead log of {path} was damaged and is now {aside.name}; opened " + (
                    "everything before the damage" if partly else "the state of the last checkpoint"
                )
                log.warning("%s", note)
                notes.append(note)
                continue
            raise _refusal(exc, path) from exc
    raise StoreError(f"the database {path} is damaged and its write-ahead log cannot be replayed; restore a copy")


def _refusal(exc: BaseException, path: Path) -> AsiEvolveError:
    text = str(exc)
    held = _PID.search(text)
    if "Could not set lock" in text:
        who = f"process {held.group(2)} ({Path(held.group(1)).name})" if held else "another program"
        return StoreError(f"the database {path} is open in {who}; close it there, or choose another file with --db")
    if "not a valid DuckDB database" in text:
        return StoreError(f"{path} is not a database of asi-evolve (not a DuckDB file); choose another file with --db")
    if is_disk_full(exc):
        return convert(exc, path)
    if isinstance(exc, OSError) or "Permission denied" in text or "Read-only file system" in text:
        return StoreError(f"the database {path} cannot be opened: {first_line(exc)}; check its permissions")
    if "version number" in text or "storage version" in text.lower():
        return StoreError(f"the database {path} was written by another DuckDB: {first_line(exc)}")
    return StoreError(f"the database {path} is damaged ({first_line(exc)}); nothing was changed; restore a copy of it")


def locate(path: str | os.PathLike[str]) -> Path:
    """``path`` made absolute, and followed if it is a link: a database has one lock file, whatever it is called."""
    found = Path(path).absolute()
    return found.resolve() if found.is_symlink() else found


def check_place(path: Path) -> None:
    """Whether a database can be written at ``path``, before anything is created.

    Raises:
        StoreError: the folder is missing or not writable, the path is a folder, or there is too little room.
    """
    folder = path.parent
    if path.is_dir():
        raise StoreError(f"{path} is a folder; give the path of a database file with --db")
    if not folder.is_dir():
        raise StoreError(f"the folder {folder} for the database {path.name} does not exist; create it or change --db")
    writable = os.access(path if path.exists() else folder, os.W_OK) and os.access(folder, os.W_OK)
    if not writable:
        raise StoreError(f"the database {path} is not writable; check its permissions or choose another with --db")
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE:
        raise StoreError(
            f"only {free // 1024**2} MiB are free at {folder}, {MIN_FREE // 1024**2} MiB are needed; "
            "free some space or choose another place with --db"
        )
