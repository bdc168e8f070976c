"""Opening a database for writing: every precondition is looked at before anything is changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import duckdb

from asi_evolve import __version__
from asi_evolve.errors import NotFoundError, StoreError
from asi_evolve.store import registry
from asi_evolve.store.connection import check_place, locate, open_database
from asi_evolve.store.lock import acquire
from asi_evolve.store.migrations import migrate
from asi_evolve.store.store import Store


def open_store(path: str | os.PathLike[str], purpose: str = "run") -> Store:
    """Open a database for writing, creating it if there is none; an older one is brought to the present schema.

    Args:
        path: The file, in a folder that exists.
        purpose: For people who find it in use, for example ``run 3fa1b2 of circle_packing``.

    Raises:
        StoreError: not writable, too little room, not a database, damaged, of a newer version, or in use by another
            process (which one, since when and how to look at it). Nothing is changed then.
        DiskFullError: no room.
    """
    database = locate(path)
    check_place(database)
    lock = acquire(database, purpose)
    connection: duckdb.DuckDBPyConnection | None = None
    try:
        registry.release_readers(database)
        connection, notes = _open_patiently(database)
        notes += migrate(connection, database, __version__)
        return Store(database, lock, connection, notes)
    except BaseException:
        if connection is not None:
            connection.close()
        lock.release()
        raise


def _open_patiently(database: Path) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    # A reader of an idle database holds the file for a moment only.
    deadline = time.monotonic() + 5
    while True:
        try:
            return open_database(database, read_only=False)
        except StoreError as exc:
            if "is open in" not in str(exc) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def require_database(path: Path) -> None:
    """Whether there is a database at ``path``.

    Raises:
        NotFoundError: there is none.
    """
    if not path.exists():
        raise NotFoundError(f"there is no database {path}; start a run with `asievolve run`, or give another with --db")
